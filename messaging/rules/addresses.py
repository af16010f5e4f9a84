"""Whose an address is: one condition for all who look members up by what they can be reached at."""

from collections.abc import Sequence

from django.db.models import Q

from messaging.models import Channel


def having(channel: str, addresses: Sequence[str]) -> Q:
    """The members with one of these as their e-mail address, whatever its capitals, or as their number in E.164.

    Asked as the search of members asks, so that on PostgreSQL its index answers.
    """
    field = "email" if channel == Channel.EMAIL else "phone"
    found = Q(pk__in=[])
    for address in addresses:
        if address:
            found |= Q(**{f"{field}__iexact": address})
    return found
