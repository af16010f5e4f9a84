"""The signed link under a message: it names a member and a channel, needs no login and never expires."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse


class NotALink(ValueError):
    """The token was not made by this club's system, or was changed on the way."""


def _signer() -> Signer:
    return Signer(salt="messaging.unsubscribe", sep=".")


def unsubscribe_url(member_id: int, channel: str) -> str:
    """The absolute link for this member and channel."""
    url: str = settings.PUBLIC_URL + reverse("unsubscribe", args=[_signer().sign(f"{member_id}.{channel}")])
    return url


def read_token(token: str) -> tuple[int, str]:
    """The member id and the channel that a link names; raises NotALink."""
    try:
        member_id, channel = _signer().unsign(token).split(".")
        return int(member_id), channel
    except (BadSignature, ValueError) as error:
        raise NotALink from error
