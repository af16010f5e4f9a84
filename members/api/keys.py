"""Who is asking: the key in the Authorization header, what it may do, and how often."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from members.api.problems import Problem
from members.models import Scope
from members.operations.api_keys import Access, TooManyRequests, UnknownKey, let_in


class KeyThatMay(HttpBearer):
    """Lets in whose key has this scope; the view finds her `Access` as `request.auth`."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, secret.strip() if scheme.lower() == "bearer" else "")

    def authenticate(self, request: HttpRequest, token: str) -> Access:
        if not token:
            raise Problem(
                401, "no_key", _("Send your key as “Authorization: Bearer …”."), WWW_Authenticate="Bearer"
            )
        try:
            access = let_in(secret=token, now=timezone.now())
        except UnknownKey:
            raise Problem(
                401,
                "unknown_key",
                _("This key is not known, or was revoked."),
                WWW_Authenticate='Bearer error="invalid_token"',
            ) from None
        except TooManyRequests as many:
            raise Problem(
                429,
                "too_many_requests",
                _("This key's requests for this minute are used up. Send more items in each, or wait."),
                Retry_After=str(many.wait),
            ) from None
        if self.scope not in access.scopes:
            raise Problem(403, "not_allowed", _("This key may not do that: it lacks %s.") % self.scope.value)
        return access
