"""How often one may try to come in: counted by address and by source, the same whether anybody has the address."""

import datetime as dt

from django.db.models import Count, Q

from messaging.models import SignInTry
from messaging.rules.sign_in import told_apart

Way = SignInTry.Way
QUARTER, HOUR, DAY = dt.timedelta(minutes=15), dt.timedelta(hours=1), dt.timedelta(days=1)

OF_AN_ADDRESS = {
    Way.LINK: ((QUARTER, 3), (DAY, 10)),
    Way.PASSWORD: ((QUARTER, 5), (DAY, 20)),
    Way.TOKEN: (),
}
OF_A_SOURCE = {
    # A club's own Wi-Fi is one source for everybody who stands at its desk.
    Way.LINK: ((HOUR, 40),),
    Way.PASSWORD: ((HOUR, 40),),
    Way.TOKEN: ((HOUR, 60),),
}
"""By what is tried, how many within how long."""


class TooManyTries(Exception):
    """No more for now. Says nothing about whose address it is."""


def count_try(*, way: SignInTry.Way, address: str, source: str, now: dt.datetime) -> SignInTry:
    """Write this one down, then see whether it is one too many; raises TooManyTries.

    In this order, and outside a transaction, so that many at once see one another.
    """
    tried = SignInTry.objects.create(
        way=way,
        address_digest=told_apart("address", address) if address else "",
        source_digest=told_apart("source", source),
        tried_at=now,
    )
    limits = [(Q(source_digest=tried.source_digest), *limit) for limit in OF_A_SOURCE[way]]
    if address:
        limits += [(Q(address_digest=tried.address_digest), *limit) for limit in OF_AN_ADDRESS[way]]
    counts = {
        f"n{place}": Count("pk", filter=of & Q(tried_at__gt=now - within))
        for place, (of, within, _most) in enumerate(limits)
    }
    of_either = Q(source_digest=tried.source_digest)
    if address:
        of_either |= Q(address_digest=tried.address_digest)
    found = SignInTry.objects.filter(of_either, way=way, tried_at__gt=now - DAY).aggregate(**counts)
    if any(found[f"n{place}"] > most for place, (_of, _within, most) in enumerate(limits)):
        raise TooManyTries
    return tried
