"""The signed link to a member's own wishes: it names the member, needs no login and never expires."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from messaging.rules.unsubscribe_links import NotALink


def _signer() -> Signer:
    return Signer(salt="messaging.preferences", sep=".")


def preferences_url(member_id: int) -> str:
    """The absolute link for this member."""
    url: str = settings.PUBLIC_URL + reverse("preferences", args=[_signer().sign(str(member_id))])
    return url


def read_preferences_token(token: str) -> int:
    """The member's id; raises NotALink."""
    try:
        return int(_signer().unsign(token))
    except (BadSignature, ValueError) as error:
        raise NotALink from error
