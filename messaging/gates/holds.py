"""Held by hand: a message, or a member, that somebody keeps back."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q

from messaging.gates.base import Skip, Verdict, Wait, not_beyond_use
from messaging.models import Hold, Message
from messaging.rules.reasons import HELD, HELD_TOO_LONG

ASK_AGAIN = dt.timedelta(days=1)
"""Whoever lets it go makes it due at once; until then nobody need look often."""


def holding(messages: Sequence[Message], now: dt.datetime) -> dict[int, Hold]:
    """By message the hold that keeps it back at `now`, its own before that of its member; one query."""
    open_ones = Hold.objects.filter(
        Q(until=None) | Q(until__gt=now),
        Q(message=None) | Q(message__in=[message.pk for message in messages]),
        member__in={message.member_id for message in messages},
        lifted_at=None,
    )
    own: dict[int, Hold] = {}
    of_member: dict[int, Hold] = {}
    for hold in open_ones:
        if hold.message_id:
            own[hold.message_id] = hold
        else:
            of_member[hold.member_id] = hold
    found = {m.pk: own.get(m.pk) or of_member.get(m.member_id) for m in messages}
    return {pk: hold for pk, hold in found.items() if hold}


class HoldGate:
    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> dict[int, Verdict]:
        held = holding(messages, now)
        verdicts: dict[int, Verdict] = {}
        for message in messages:
            if (hold := held.get(message.pk)) is None:
                continue
            if message.expires_at and now > message.expires_at:
                verdicts[message.pk] = Skip(HELD_TOO_LONG)
            else:
                until = hold.until or now + ASK_AGAIN
                verdicts[message.pk] = Wait(not_beyond_use(message, until), HELD)
        return verdicts
