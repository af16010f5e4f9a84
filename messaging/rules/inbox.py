"""What a member sees on their own page: the messages that they got, and the classes that they booked."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from members.models import Booking, Member
from messaging.models import Channel, Message

PAGE = 20
MOST_BOOKINGS = 10
MOST_COUNTED = 1_000
LARGEST = 2**63 - 1
"""What the database takes for a number at all."""


@dataclass(frozen=True)
class Inbox:
    """Newest first; `older` is what the next page begins before, None on the last."""

    messages: list[Message]
    older: int | None


def messages_of(member: Member) -> QuerySet[Message]:
    """What reached them and was not put away, of all channels; newest first."""
    got = Message.objects.filter(member=member, status=Message.Status.SENT)
    return got.exclude(receipt__dismissed_at__isnull=False).select_related("receipt").order_by("-pk")


def message_of(member: Member, pk: int) -> Message:
    """One of these. Raises Message.DoesNotExist, for a number of any size."""
    return messages_of(member).get(pk=min(pk, LARGEST))


def unread_of(member: Member) -> QuerySet[Message]:
    """Whether a text or an e-mail was read, only the member's phone knows: in-app messages alone are unread."""
    return messages_of(member).filter(Q(receipt=None) | Q(receipt__read_at=None), channel=Channel.IN_APP)


def unread_count(member: Member) -> int:
    """Not counted beyond a thousand."""
    return unread_of(member).select_related(None)[:MOST_COUNTED].count()


def inbox(member: Member, *, before: int | None = None, limit: int = PAGE) -> Inbox:
    messages = messages_of(member)
    if before is not None:
        messages = messages.filter(pk__lt=before)
    found = list(messages.defer("html_body", "context", "error")[: limit + 1])
    return Inbox(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def arrived_after(
    member: Member, after: tuple[dt.datetime, int] | None, until: dt.datetime
) -> QuerySet[Message]:
    """In the order in which they arrived, from behind that instant and message up to `until`."""
    arrived = messages_of(member).filter(ended_at__lt=until).order_by("ended_at", "pk")
    if after is None:
        return arrived
    instant, pk = after
    return arrived.filter(Q(ended_at__gt=instant) | Q(ended_at=instant, pk__gt=pk))


def upcoming(member: Member, now: dt.datetime) -> list[Booking]:
    """The classes still to come that they have a place in, the next one first."""
    booked = Booking.objects.filter(
        member=member,
        status__in=Booking.COMING,
        class_session__starts_at__gt=now,
        class_session__is_canceled=False,
    )
    return list(
        booked.select_related("class_session").order_by("class_session__starts_at", "pk")[:MOST_BOOKINGS]
    )
