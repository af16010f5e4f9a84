"""Which member is asking: the token in the Authorization header, and how often it may ask."""

import datetime as dt
from typing import Any

from django.db.models import Case, F, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from members.api.problems import Problem
from messaging.models import MemberSession
from messaging.operations.member_sessions import session_by

REQUESTS_PER_MINUTE = 60


class MemberToken(HttpBearer):
    """Lets a member in who signed in by the club's app; the view finds her session as `request.auth`."""

    def __call__(self, request: HttpRequest) -> Any:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, secret.strip() if scheme.lower() == "bearer" else "")

    def authenticate(self, request: HttpRequest, token: str) -> MemberSession:
        now = timezone.now()
        session = session_by(token, for_app=True, now=now)
        if session is None:
            raise Problem(
                401,
                "signed_out",
                _("This token is over or was never given. Sign in again."),
                WWW_Authenticate='Bearer error="invalid_token"',
            )
        if not _counted(session, now):
            raise Problem(
                429,
                "too_many_requests",
                _("This member's requests for this minute are used up."),
                Retry_After=str(60 - now.second),
            )
        return session


def _counted(session: MemberSession, now: dt.datetime) -> bool:
    """Whether one more is allowed within this minute; one statement, which two at once cannot both win."""
    minute = now.replace(second=0, microsecond=0)
    rows = MemberSession.objects.filter(pk=session.pk).exclude(minute=minute, taken__gte=REQUESTS_PER_MINUTE)
    taken = Case(When(minute=minute, then=F("taken") + 1), default=Value(1))
    return bool(rows.update(taken=taken, minute=minute, seen_at=now))
