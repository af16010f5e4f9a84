"""Which text a carrier's receipt is about, when the call that sent it was never answered and so nobody knows its number."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from members.models import Club
from messaging.models import Channel, Message
from messaging.operations.events import Heard, same_address

BEFORE = dt.timedelta(seconds=30)
"""Our clock may be ahead of the provider's."""
AFTER = dt.timedelta(minutes=2)
"""Longer than a call lasts until it counts as unanswered."""


def find_unknown_texts(receipts: Sequence[Heard]) -> list[int | None]:
    """For each receipt the one text whose outcome is unknown, to that phone, marked as being sent at that minute; one query.

    Where there are two such texts, or two such receipts, nobody is guessing.
    """
    instants = [one.sent_at for one in receipts if one.sent_at]
    if not instants:
        return [None] * len(receipts)
    # By club, since that is how the log of what went wrong is indexed.
    unknown = Message.objects.filter(
        club__in=Club.objects.order_by().values("pk"),
        status=Message.Status.UNKNOWN,
        channel=Channel.SMS,
        provider_id="",
        claimed_at__gte=min(instants) - AFTER,
        claimed_at__lte=max(instants) + BEFORE,
    ).order_by()
    by_phone: dict[str, list[tuple[int, dt.datetime]]] = defaultdict(list)
    for pk, address, claimed_at in unknown.values_list("pk", "address", "claimed_at"):
        if claimed_at:
            by_phone[address].append((pk, claimed_at))
    fitting = [_fitting(one, by_phone) for one in receipts]
    return [pk if pk and fitting.count(pk) == 1 else None for pk in fitting]


def _fitting(one: Heard, by_phone: dict[str, list[tuple[int, dt.datetime]]]) -> int | None:
    if not one.sent_at:
        return None
    found = [
        pk
        for address, messages in by_phone.items()
        if same_address(one.channel, address, one.address)
        for pk, claimed_at in messages
        if -BEFORE <= one.sent_at - claimed_at <= AFTER
    ]
    return found[0] if len(found) == 1 else None
