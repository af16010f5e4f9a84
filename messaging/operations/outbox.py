"""Putting messages into the outbox, and taking back what a dead process left in hand."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.db import transaction
from django.db.models import Q, QuerySet

from members.models import Member
from messaging.gates import address_of, open_from
from messaging.models import Channel, Message, MessageEvent, MessageTemplate

IN_HAND_AT_MOST = dt.timedelta(minutes=5)
"""Longer than any live worker keeps a message between claiming it and recording what the provider said."""


def queue_messages(
    *,
    template: MessageTemplate,
    recipients: Sequence[tuple[Member, Mapping[str, str]]],
    origin: str,
    now: dt.datetime,
    patience: dt.timedelta,
    asked_by_id: int | None = None,
    token: uuid.UUID | None = None,
    priority: Message.Priority = Message.Priority.NORMAL,
    is_capped: bool = False,
    at_once: bool = False,
    address_keys: Mapping[int, str] = MappingProxyType({}),
    own_words: Mapping[str, str] | None = None,
    variant: str = "",
) -> list[Message]:
    """One queued message per recipient (with the occurrence's own values), due when her quiet hours end.

    After `patience` beyond that it is of no use. Words and address are filled in just before it leaves. A `token`,
    for one recipient only, is good once: IntegrityError if there is its message already. `is_capped`: it counts for
    the club's limit of messages to one member, and waits where that is reached. `at_once`: due now,
    for whoever has just written. `address_keys`: by member, of those who share their address, what names the one message there.
    `own_words` are said instead of the template's. `variant`: which of several wordings that are compared.
    """
    messages = []
    for member, context in recipients:
        due_at = now if at_once else open_from(member, now)
        messages.append(
            Message(
                club_id=template.club_id,
                member=member,
                channel=template.channel,
                origin=origin,
                asked_by_id=asked_by_id,
                token=token,
                priority=priority,
                is_capped=is_capped,
                template=template,
                template_version=template.version,
                variant=variant,
                context=dict(context),
                own_words=dict(own_words) if own_words else None,
                address=address_of(member, template.channel),
                address_key=address_keys.get(member.pk, ""),
                created_at=now,
                due_at=due_at,
                expires_at=due_at + patience,
            )
        )
    return Message.objects.bulk_create(messages)


@transaction.atomic
def sweep_messages(*, now: dt.datetime) -> dict[str, int]:
    """Settle what no live worker can still hold.

    Claimed: nothing has left, so it goes back to the queue; so does an in-app message, which no provider could have passed on.
    Being sent: it may have left, so it is `unknown`, which is shown to staff, settled by the provider's own event if one comes,
    and never sent again by itself.
    """
    in_hand = Message.objects.filter(claimed_at__lt=now - IN_HAND_AT_MOST)
    sending = Q(status=Message.Status.SENDING)
    stays_here = sending & Q(channel=Channel.IN_APP)
    requeued = _take(in_hand.filter(Q(status=Message.Status.CLAIMED) | stays_here))
    Message.objects.filter(pk__in=requeued).update(status=Message.Status.QUEUED, claim=None, claimed_at=None)
    unknown = _take(in_hand.filter(sending))
    Message.objects.filter(pk__in=unknown).update(
        status=Message.Status.UNKNOWN,
        reason="",
        ended_at=now,
        error="The process that was sending it ended before it heard back.",
    )
    MessageEvent.objects.bulk_create(
        [MessageEvent(message_id=pk, kind=MessageEvent.Kind.REQUEUED, happened_at=now) for pk in requeued]
        + [MessageEvent(message_id=pk, kind=MessageEvent.Kind.UNKNOWN, happened_at=now) for pk in unknown]
    )
    return {"requeued": len(requeued), "unknown": len(unknown)}


def _take(in_hand: QuerySet[Message]) -> list[int]:
    return list(in_hand.select_for_update(skip_locked=True).values_list("pk", flat=True)[:10_000])
