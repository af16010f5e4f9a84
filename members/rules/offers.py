"""How an offer stands, and what it is worth, in words."""

import datetime as dt

from django.db.models import Q, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Club, Offer
from members.rules.wording import money_in_words


class OfferState(TextChoices):
    OPEN = "open", gettext_lazy("Open")
    USED = "used", gettext_lazy("Used")
    EXPIRED = "expired", gettext_lazy("Expired")


def state_of(offer: Offer, today: dt.date) -> OfferState:
    """On its last day an offer is still good; `today` is the club's."""
    if offer.used_at:
        return OfferState.USED
    return OfferState.OPEN if offer.expires_on >= today else OfferState.EXPIRED


def in_state(state: str, today: dt.date) -> Q:
    """The same as a condition on offers."""
    if state == OfferState.USED:
        return Q(used_at__isnull=False)
    if state == OfferState.EXPIRED:
        return Q(used_at=None, expires_on__lt=today)
    return Q(used_at=None, expires_on__gte=today)


def off_in_words(percent: int | None, amount: int | None, club: Club, currency: str = "") -> str:
    """Like “20 % off” or “$10.00 off”."""
    if percent is not None:
        return _("%(percent)s%% off") % {"percent": percent}
    return _("%(amount)s off") % {
        "amount": money_in_words(amount or 0, currency or club.currency, club.locale)
    }
