"""Taking in what a provider tells of messages that left: each event once, in any order, whenever it comes.

An event also proves that its message left. So it settles one whose outcome nobody knew, and one that a person wrote off:
whatever else was planned for that message does not happen any more.
"""

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Channel, Message, MessageEvent, Suppression
from messaging.rules.fates import Standing, Told, after

STANDING = [field.name for field in fields(Standing)]
SETTLED = ["status", "provider_id", "claim", "sent_at", "ended_at", "error", "reason"]
BY_PROVIDER = "settled by the provider"
MOST_DETAIL = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One event of one message, as a provider tells it; `happened_at` and `sent_at` are instants in UTC."""

    channel: str
    told: Told
    provider_id: str
    tag: int | None = None
    """Our own number of the message, where the provider hands it back."""
    address: str = ""
    """To whom it went, as the provider writes it."""
    sent_at: dt.datetime | None = None
    detail: str = ""
    suppress: Suppression.Cause | None = None
    proves_it_left: bool = True
    has_one_id: bool = True
    """Whether the provider tells of a message by the number that it gave when it took it; else that is `first_id`, if told, and
    the message goes by the other from then on, since an answer to it names that one."""
    first_id: str = ""

    @property
    def key(self) -> str:
        words = f"{self.told.kind}|{self.told.happened_at.astimezone(dt.UTC).isoformat()}|{self.detail}"
        return hashlib.sha256(words.encode()).hexdigest()[:40]


@transaction.atomic
def record_events(heard: Sequence[Heard], *, now: dt.datetime, waits: bool = False) -> list[Message | None]:
    """The message of each, None where there is none of ours; a constant number of queries, however many there are.

    A tag alone is not believed: another installation may use the same numbers, so the address must fit too. A message that
    a worker is writing at this very moment counts as none, and has to be asked for again: who waited for one while holding
    others could stop the sender, which writes many at once. For one event alone the caller may say that it `waits`.
    """
    found = _messages_of(heard)
    locked = {
        message.pk: message
        for message in Message.objects.select_for_update(of=("self",), skip_locked=not waits)
        .filter(pk__in={pk for pk in found if pk is not None})
        .order_by("pk")
    }
    messages = [locked.get(pk) if pk is not None else None for pk in found]
    pairs = [(message, one) for message, one in zip(messages, heard, strict=True) if message]
    known = set(
        MessageEvent.objects.filter(
            message__in=locked, key__in={one.key for _message, one in pairs}
        ).values_list("message", "key")
    )
    new = {(message.pk, one.key): (message, one) for message, one in pairs}
    new = {key: pair for key, pair in new.items() if key not in known}
    events = [_event(message, one) for message, one in new.values()]
    _name(pairs)
    settled: dict[int, Message] = {}
    for message, one in pairs:
        if one.proves_it_left and message.status != Message.Status.SENT:
            _settle(message, one, now)
            settled[message.pk] = message
            events.append(_settlement(message, now))
    changed = _advance(pairs)
    MessageEvent.objects.bulk_create(events, ignore_conflicts=True)
    if settled:
        Message.objects.bulk_update(settled.values(), SETTLED)
    if changed:
        Message.objects.bulk_update(changed, STANDING)
    # Only what is new: an address that staff took off the list stays off when old news comes again.
    _suppress(new.values())
    return messages


def _messages_of(heard: Sequence[Heard]) -> list[int | None]:
    ids = {found for one in heard for found in (one.provider_id, one.first_id) if found}
    tags = {one.tag for one in heard if one.tag is not None}
    known: dict[tuple[str, str], int] = {}
    if ids:
        rows = Message.objects.filter(provider_id__in=ids)
        known = {
            (channel, provider_id): pk
            for pk, channel, provider_id in rows.exclude(provider_id="")
            .order_by("-pk")
            .values_list("pk", "channel", "provider_id")
        }
    tagged = {
        pk: (channel, provider_id, address)
        for pk, channel, provider_id, address in Message.objects.filter(pk__in=tags)
        .order_by()
        .values_list("pk", "channel", "provider_id", "address")
    }
    return [
        known.get((one.channel, one.provider_id))
        or known.get((one.channel, one.first_id))
        or _by_tag(one, tagged)
        for one in heard
    ]


def _by_tag(one: Heard, tagged: dict[int, tuple[str, str, str]]) -> int | None:
    if one.tag is None or one.tag not in tagged:
        return None
    channel, provider_id, address = tagged[one.tag]
    is_same = provider_id in ("", one.provider_id) or not one.has_one_id
    fits = channel == one.channel and same_address(channel, address, one.address)
    return one.tag if fits and is_same else None


def same_address(channel: str, one: str, other: str) -> bool:
    """Whether both are the same, however they are written."""
    if channel == Channel.EMAIL:
        return one.casefold() == other.casefold()
    return re.sub(r"\D", "", one) == re.sub(r"\D", "", other) != ""


def _name(pairs: Iterable[tuple[Message, Heard]]) -> None:
    named: dict[int, Message] = {}
    for message, one in pairs:
        if not one.has_one_id and message.provider_id != one.provider_id:
            message.provider_id = one.provider_id
            named[message.pk] = message
    if named:
        Message.objects.bulk_update(named.values(), ["provider_id"])


def _event(message: Message, one: Heard) -> MessageEvent:
    return MessageEvent(
        message=message,
        kind=one.told.kind,
        happened_at=one.told.happened_at,
        detail=one.detail[:MOST_DETAIL],
        key=one.key,
    )


def _settle(message: Message, one: Heard, now: dt.datetime) -> None:
    message.status = Message.Status.SENT
    message.provider_id = one.provider_id or message.provider_id
    # Without its claim, no late answer of the worker that sent it puts it back into the queue.
    message.claim = None
    message.sent_at = one.sent_at or message.claimed_at or one.told.happened_at
    message.ended_at = now
    message.error = message.reason = ""


def _settlement(message: Message, now: dt.datetime) -> MessageEvent:
    return MessageEvent(
        message=message,
        kind=MessageEvent.Kind.SETTLED,
        happened_at=now,
        detail=_("The provider told that it did leave."),
        key=BY_PROVIDER,
    )


def _advance(pairs: Iterable[tuple[Message, Heard]]) -> list[Message]:
    """Those whose standing is another now."""
    told: dict[int, list[Told]] = defaultdict(list)
    messages: dict[int, Message] = {}
    for message, one in pairs:
        messages[message.pk] = message
        told[message.pk].append(one.told)
    changed = []
    for pk, message in messages.items():
        before = Standing(*(getattr(message, name) for name in STANDING))
        standing = before
        for event in told[pk]:
            standing = after(standing, event)
        if standing != before:
            for name in STANDING:
                setattr(message, name, getattr(standing, name))
            changed.append(message)
    return changed


def _suppress(pairs: Iterable[tuple[Message, Heard]]) -> None:
    found = {
        (message.club_id, message.channel, message.address.lower()): Suppression(
            club_id=message.club_id,
            channel=message.channel,
            address=message.address.lower(),
            cause=one.suppress,
            detail=one.detail[:300],
            suppressed_at=one.told.happened_at,
        )
        for message, one in pairs
        if one.suppress and message.address
    }
    # In one order for all, so that two that tell of the same addresses do not wait for each other in a ring.
    Suppression.objects.bulk_create([found[key] for key in sorted(found)], ignore_conflicts=True)
