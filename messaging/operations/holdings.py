"""What messaging stores of a member; imported once all tables are there."""

import datetime as dt
from typing import Any

from django.db.models import Case, CharField, F, Q, TextField, Value, When
from django.db.models.functions import Cast, Concat, Now
from django.utils.translation import gettext as _

from members.models import Member
from members.operations.personal_data import FIRST, TOLD_BESIDES, Holding, NotErased, hold, without_words
from messaging.models import (
    AddressTurn,
    ConsentRecord,
    Hold,
    InboundMessage,
    MemberPassword,
    MemberSession,
    Message,
    MessageEvent,
    MessageLink,
    MessageReceipt,
    Notice,
    SignInLink,
    Suppression,
    WordsBlanked,
)
from messaging.operations.retention import WORDS
from messaging.rules.addresses import having

ERASED = "erased"
SECRET = frozenset({"prefix", "digest", "address_digest", "claim", "token"})
Status, Kind = Message.Status, MessageEvent.Kind

hold(
    Holding(
        model=ConsentRecord,
        erased={"words": "", "source": "", "external_id": without_words()},
        kept=frozenset({"channel", "category"}),
    ),
    Holding(
        model=MessageEvent,
        member="message__member",
        # For these the reason's code, by which they are counted.
        erased={
            "detail": Case(
                When(kind__in=[Kind.HELD, Kind.SKIPPED], then=F("detail")),
                default=Value(""),
                output_field=TextField(),
            )
        },
        kept=frozenset({"kind", "key"}),
    ),
    Holding(
        model=InboundMessage,
        erased={
            "from_address": "",
            "body": "",
            "blanked_at": Now(),
            "provider_id": Concat(Value("erased-"), Cast(F("pk"), CharField()), output_field=CharField()),
        },
        kept=frozenset({"channel", "to_address", "taken_as"}),
    ),
    Holding(model=Hold),
    # Its key could be told from a number that is tried.
    Holding(model=AddressTurn, member="message__member", is_removed=True, unsaid=frozenset({"key"})),
    Holding(model=MessageLink, member="message__member", is_removed=True, unsaid=frozenset({"token"})),
    Holding(model=MessageReceipt, member="message__member"),
    Holding(model=WordsBlanked.waiting.through, member="message__member", is_removed=True),
    Holding(
        model=Message,
        erased={
            **WORDS,
            "address": "",
            "address_key": "",
            "provider_id": "",
            "blanked_at": Now(),
        },
        kept=frozenset(
            {"channel", "origin", "status", "reason", "fate", "fate_reason", "carrier", "language", "variant"}
        ),
        unsaid=SECRET,
    ),
    Holding(model=MemberPassword, is_removed=True, unsaid=frozenset({"password"})),
    Holding(model=MemberSession, is_removed=True, unsaid=SECRET),
    Holding(model=SignInLink, is_removed=True, unsaid=SECRET),
)


def end_messages(member: Member, now: dt.datetime) -> None:
    """What waits is not sent. What is with the provider at this moment has to be heard of first."""
    messages = Message.objects.filter(member=member)
    waiting = list(
        messages.filter(status__in=[Status.QUEUED, Status.CLAIMED])
        .order_by("pk")
        .select_for_update()
        .values_list("pk", flat=True)
    )
    Message.objects.filter(pk__in=waiting).update(
        status=Status.SKIPPED, reason=ERASED, claim=None, ended_at=now
    )
    MessageEvent.objects.bulk_create(
        [MessageEvent(message_id=pk, kind=Kind.SKIPPED, detail=ERASED, happened_at=now) for pk in waiting]
    )
    if messages.filter(status=Status.SENDING).exists():
        raise NotErased(
            _(
                "A message to this member is on its way at this very moment. Please try again in a few minutes."
            )
        )


def forget_suppressions(member: Member, now: dt.datetime) -> None:
    """Unless somebody else of the club has the address as well, whom it goes on to protect."""
    for entry in _suppressions(member):
        others = Member.objects.filter(having(entry.channel, [entry.address]), club=member.club_id)
        if not others.exclude(pk=member.pk).exists():
            entry.delete()


def forget_answers_of_nobody(member: Member, now: dt.datetime) -> None:
    """What came from the number while it was not known whose it is; unless it is somebody else's as well."""
    if member.phone and not Member.objects.filter(phone=member.phone).exclude(pk=member.pk).exists():
        InboundMessage.objects.filter(member=None, from_address=member.phone).delete()


def forget_notices(member: Member, now: dt.datetime) -> None:
    """What a provider told, nobody could make sense of, and names an address of hers."""
    for address in _addresses(member):
        # WhatsApp writes a number without its plus.
        words = address.removeprefix("+")
        Notice.objects.filter(Q(body__icontains=words) | Q(detail__icontains=words)).delete()


def _addresses(member: Member) -> set[str]:
    """Where she could be reached from outside."""
    return {address.lower() for address in (member.email, member.phone) if address}


def _suppressions(member: Member) -> list[Suppression]:
    entries = Suppression.objects.filter(club=member.club_id, address__in=_addresses(member))
    return list(entries.order_by("pk"))


def _told_suppressions(member: Member) -> list[dict[str, Any]]:
    return [
        {
            "channel": entry.channel,
            "address": entry.address,
            "cause": entry.get_cause_display(),
            "detail": entry.detail,
            "suppressed_at": entry.suppressed_at,
        }
        for entry in _suppressions(member)
    ]


FIRST += [end_messages, forget_suppressions, forget_answers_of_nobody, forget_notices]
TOLD_BESIDES["suppressions"] = _told_suppressions
