"""Whose an address is: one condition for all who look members up by what they can be reached at."""

from collections.abc import Sequence

from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.lookups import In

from messaging.models import Channel


def having(channel: str, addresses: Sequence[str]) -> Q:
    """The members with one of these as their e-mail address, whatever its capitals, or as their number in E.164."""
    given = [address.lower() for address in addresses if address]
    if not given:
        return Q(pk__in=[])
    if channel == Channel.EMAIL:
        # As the index is made, which leaves out whoever has none.
        return Q(In(Lower("email"), given)) & ~Q(email="")
    return Q(phone__in=given)
