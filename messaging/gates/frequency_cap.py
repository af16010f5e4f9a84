"""The club's limit per member: so many messages in so many days, of all workflows together; what is more waits.

Two workers may have two messages to one member in hand at the same time. Each counts what the others have in hand as if
it had left: they took it before they ask, so at least the later one sees the other's, and the limit is never exceeded.
If both see each other, both wait for a minute; due together, one of them takes both, and the more important one leaves.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q

from members.models import Club, Member
from members.rules.days import DAY
from messaging.gates.base import IN_HAND, Wait, beyond, not_beyond_use
from messaging.models import Message

REASON = "enough_lately"
ASK_AGAIN = dt.timedelta(minutes=1)


class FrequencyCapGate:
    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> dict[int, Wait]:
        asking: dict[Member, list[Message]] = defaultdict(list)
        for message in messages:
            if message.is_capped and message.club.cap_messages is not None:
                asking[message.member].append(message)
        if not asking:
            return {}
        reached, in_hand = _had(asking, now, besides=messages)
        waits: dict[int, Wait] = {}
        for member, batch in asking.items():
            club = batch[0].club
            times, others = reached[member.pk], in_hand[member.pk]
            room = (club.cap_messages or 0) - len(times) - others
            until = _free_from(club, times, now)
            for message in beyond(room, batch):
                waits[message.pk] = Wait(
                    not_beyond_use(message, until if until > now else now + ASK_AGAIN), REASON
                )
        return waits


def free_from(member: Member, now: dt.datetime) -> dt.datetime:
    """The first instant at or after `now` at which the club's limit leaves room for one more message to the member."""
    if member.club.cap_messages is None:
        return now
    reached, _in_hand = _had([member], now)
    return _free_from(member.club, reached[member.pk], now)


def _free_from(club: Club, times: Sequence[dt.datetime], now: dt.datetime) -> dt.datetime:
    """`times`: of the messages that count, the oldest first."""
    if (limit := club.cap_messages) is None or len(times) < limit:
        return now
    return max(now, times[-limit] + club.cap_days * DAY)


def _had(
    members: Iterable[Member], now: dt.datetime, *, besides: Sequence[Message] = ()
) -> tuple[Mapping[int, list[dt.datetime]], Mapping[int, int]]:
    """By member: when those messages that count reached them, or may have; and how many somebody has in hand. One query."""
    since = {member.pk: now - member.club.cap_days * DAY for member in members}
    earliest = min(since.values())
    status = Message.Status
    found = (
        Message.objects.filter(member__in=since, is_capped=True)
        .filter(
            Q(status=status.SENT, sent_at__gt=earliest)
            | Q(status=status.UNKNOWN, ended_at__gt=earliest)
            | Q(status__in=IN_HAND)
        )
        .exclude(pk__in=[message.pk for message in besides])
        .values_list("member", "status", "sent_at", "ended_at")
    )
    reached: dict[int, list[dt.datetime]] = defaultdict(list)
    in_hand: dict[int, int] = defaultdict(int)
    for member_id, state, sent_at, ended_at in found:
        if state in IN_HAND:
            in_hand[member_id] += 1
        elif (at := sent_at or ended_at) and at > since[member_id]:
            reached[member_id].append(at)
    for times in reached.values():
        times.sort()
    return reached, in_hand
