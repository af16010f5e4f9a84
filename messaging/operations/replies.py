"""Taking in what a member wrote back, once: opting out and in, help, a pause, or an answer for a person."""

import datetime as dt
from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction

from members.models import Club, Member
from members.rules.phones import international
from members.signals import facts_changed
from messaging.models import (
    Channel,
    InboundMessage,
    Message,
    MessageEvent,
)
from messaging.operations.keywords import IN_SETTINGS, SOURCES, answer_for_help, note_away, start, stop
from messaging.rules.replies import Understood, understand

ANSWERS_FOR = dt.timedelta(days=30)
"""What was sent longer ago is not what a text answers to."""
LONGEST_KEPT = 5_000

TakenAs = InboundMessage.TakenAs


@transaction.atomic
def hear(
    *,
    channel: str,
    from_phone: str,
    to: str,
    body: str,
    provider_id: str,
    previous_provider_id: str,
    received_at: dt.datetime,
    now: dt.datetime,
    own_number: str = "",
    taken_as: str = "",
    is_setting: bool = False,
) -> InboundMessage:
    """Take in what somebody wrote to the number `to`, by text or WhatsApp; told again by the same `provider_id`, nothing
    happens twice.

    Phones as E.164. `previous_provider_id`: the provider's id of our message that it answers, empty if not known. It is
    from the member who got that one; else from the one most recently written to that way, of those who share the phone.
    What it is taken as the provider may say itself, and then also that it was chosen in the app and not written.
    """
    phone, to = international(from_phone), international(to) if to.startswith(("+", "00")) else to
    received_at = min(received_at, now)
    # Half a character, where a program cut an emoji in two, is none that a database keeps.
    body = body.replace("\0", "").encode(errors="replace").decode()
    clubs = _clubs_of(channel, own_number or to)
    answered = _answered(channel, phone, previous_provider_id)
    sharing = list(
        Member.objects.filter(phone=phone, club__in={club.pk for club in clubs})
        .select_related("club", "trainer")
        .order_by("pk")
    )
    if answered and answered.member_id not in {member.pk for member in sharing}:
        sharing = list(Member.objects.filter(phone=phone).select_related("club").order_by("pk"))
    member, answered = _writer(channel, sharing, answered, received_at)
    club = member.club if member else clubs[0] if len(clubs) == 1 else None
    understood = Understood(TakenAs(taken_as)) if taken_as else _understood(body, member, club, received_at)
    heard, is_new = InboundMessage.objects.get_or_create(
        provider_id=provider_id[:120],
        defaults={
            "club": club,
            "member": member,
            "channel": channel,
            "from_address": phone[:254],
            "to_address": to[:254],
            "body": body[:LONGEST_KEPT],
            "received_at": received_at,
            "taken_as": understood.taken_as,
            "in_reply_to": None if is_setting else answered,
        },
    )
    if is_new:
        # In one order for all who change the same members.
        locked = Member.objects.filter(pk__in=[one.pk for one in sharing]).order_by("pk")
        list(locked.select_for_update(no_key=True).values_list("pk"))
        source = IN_SETTINGS if is_setting else SOURCES[Channel(channel)]
        if _act_on(heard, understood, source, sharing, clubs, now):
            heard.handled_at = now
            heard.save(update_fields=["handled_at"])
    return heard


def _clubs_of(channel: str, number: str) -> list[Club]:
    """Whose number was written to; where it is no club's own, all those that send from the account's."""
    field = {Channel.SMS: "sms_number", Channel.WHATSAPP: "whatsapp_number"}[Channel(channel)]
    own = list(Club.objects.filter(**{field: number})) if number else []
    return own or list(Club.objects.filter(**{field: ""})) or list(Club.objects.all())


def _answered(channel: str, phone: str, provider_id: str) -> Message | None:
    if not provider_id:
        return None
    told = Message.objects.filter(provider_id=provider_id, channel=channel, address=phone)
    return told.order_by("-pk").first()


def _writer(
    channel: str, sharing: Sequence[Member], answered: Message | None, at: dt.datetime
) -> tuple[Member | None, Message | None]:
    """Who wrote it, and which message it answers."""
    by_id = {member.pk: member for member in sharing}
    if answered is None or answered.member_id not in by_id:
        written = Message.objects.filter(
            member__in=by_id,
            channel=channel,
            status__in=[Message.Status.SENT, Message.Status.UNKNOWN],
            created_at__lte=at,
        )
        answered = written.order_by("-sent_at", "-pk").first() if by_id else None
    if answered:
        is_recent = (answered.sent_at or answered.created_at) > at - ANSWERS_FOR
        return by_id[answered.member_id], answered if is_recent else None
    # Nobody was ever written to: whoever is a member still, then who was one first.
    first = min(sharing, key=lambda member: (member.membership_status == "canceled", member.pk), default=None)
    return first, None


def _understood(body: str, member: Member | None, club: Club | None, at: dt.datetime) -> Understood:
    zone = member.zone if member else club.zone if club else dt.UTC
    return understand(body, today=at.astimezone(zone).date(), locale=club.locale if club else Club().locale)


def _act_on(
    heard: InboundMessage,
    understood: Understood,
    source: str,
    sharing: Sequence[Member],
    clubs: Sequence[Club],
    now: dt.datetime,
) -> bool:
    """Whether that was all: what did nothing by itself waits for a person, as an answer does."""
    is_done = False
    match understood.taken_as:
        case TakenAs.STOP | TakenAs.NO_OFFERS:
            is_done = stop(heard, source, sharing, clubs)
        case TakenAs.START | TakenAs.OFFERS:
            is_done = start(heard, source, sharing, clubs)
        case TakenAs.HELP:
            is_done = answer_for_help(heard, now)
        case TakenAs.AWAY if understood.away:
            is_done = note_away(heard, source, understood.away, now)
    if heard.in_reply_to_id and heard.taken_as not in InboundMessage.OPT_OUTS:
        MessageEvent.objects.create(
            message_id=heard.in_reply_to_id, kind=MessageEvent.Kind.REPLIED, happened_at=heard.received_at
        )
    if heard.member_id:
        facts_changed.send(sender=Member, member_ids=[heard.member_id])
    return is_done


# --- By staff -----------------------------------------------------------------------------------
@transaction.atomic
def mark_done(
    *,
    inbound_id: int,
    by: AbstractBaseUser | AnonymousUser,
    now: dt.datetime,
    answer: Message | None = None,
) -> bool:
    """Somebody looked after it; False if somebody had before."""
    done = InboundMessage.objects.filter(pk=inbound_id, handled_at=None).update(
        handled_at=now, handled_by_id=by.pk, answer=answer
    )
    return bool(done)
