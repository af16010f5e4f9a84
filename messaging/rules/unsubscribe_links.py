"""The signed link under a message: it names a member, a channel and what is stopped there, needs no login and never expires."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from messaging.models import Category

MARKETING = ".m"
"""At the end of what a link names; those that were made before there were categories have nothing there."""


class NotALink(ValueError):
    """The token was not made by this club's system, or was changed on the way."""


def _signer() -> Signer:
    return Signer(salt="messaging.unsubscribe", sep=".")


def unsubscribe_url(member_id: int, channel: str, category: str = "") -> str:
    """The absolute link for this member and channel.

    Under a message of offers and news it stops those; under any other, and without a category, everything on the
    channel: whoever wants not even to be told of a booking wants no offers.
    """
    named = f"{member_id}.{channel}" + (MARKETING if category == Category.MARKETING else "")
    url: str = settings.PUBLIC_URL + reverse("unsubscribe", args=[_signer().sign(named)])
    return url


def read_token(token: str) -> tuple[int, str, str]:
    """The member id, the channel, and the category that a link names, empty for all of them; raises NotALink."""
    try:
        named = _signer().unsign(token)
        category = Category.MARKETING.value if named.endswith(MARKETING) else ""
        member_id, channel = named.removesuffix(MARKETING).split(".")
        return int(member_id), channel, category
    except (BadSignature, ValueError) as error:
        raise NotALink from error
