"""What a text or a WhatsApp message does by itself: STOP and START for everybody at that phone, or about offers alone, HELP once,
and away words for the writer. Each tells whether it did something."""

import datetime as dt
from collections.abc import Sequence
from itertools import dropwhile

from django.utils.translation import gettext as _

from members.models import Club, Member, StaffTask
from members.operations.pauses import pause_member
from members.operations.staff_tasks import open_staff_tasks
from members.rules.wording import day_in_words
from members.signals import facts_changed
from messaging.gates import blocked
from messaging.models import (
    Category,
    Channel,
    ConsentRecord,
    InboundMessage,
    Message,
    MessageTemplate,
    Suppression,
)
from messaging.models.messages import ORIGIN_OF_ANSWERS
from messaging.models.templates import WHATSAPP_HELP
from messaging.operations.outbox import queue_messages
from messaging.rules.causes import AWAY
from messaging.rules.days_away import Away
from messaging.signals import message_queued

TakenAs = InboundMessage.TakenAs
SOURCES = {Channel.SMS: "text message", Channel.WHATSAPP: "WhatsApp message"}
IN_SETTINGS = "WhatsApp settings"
OF_THE_PHONE = [*SOURCES.values(), IN_SETTINGS]
"""How a no comes about that the same phone may take back."""
CATEGORIES = {TakenAs.NO_OFFERS: Category.MARKETING, TakenAs.OFFERS: Category.MARKETING}
"""What a word is about, if not about everything on its channel."""
HELP_TEMPLATES = {Channel.SMS: "help-answer", Channel.WHATSAPP: WHATSAPP_HELP}
HELP_WORDS = {
    Channel.SMS: (
        "{{ club_name }}: call us or ask at the desk, we are glad to help. You get texts from us as a member. "
        "Text STOP to get no more, START to get them again."
    ),
    Channel.WHATSAPP: (
        "{{ club_name }}: call us or ask at the desk, we are glad to help. You get messages here because you agreed to "
        "them. Write STOP to get no more, START to get them again."
    ),
}
HELP_AGAIN = dt.timedelta(hours=24)
"""So that two machines that answer each other stop doing so."""
HELP_PATIENCE = dt.timedelta(hours=1)
TASK_DUE_IN_DAYS = 2


# --- STOP and START ------------------------------------------------------------------------------
def stop(heard: InboundMessage, source: str, sharing: Sequence[Member], clubs: Sequence[Club]) -> bool:
    """For everybody at that phone: a carrier lets nothing through to it any more, whoever it is for."""
    _keep_words(heard, source, sharing, is_granted=False)
    # No carrier blocks WhatsApp, or offers alone: the no on record is enough, and may be taken back at the desk as well.
    if not _is_the_carriers(heard):
        return bool(sharing)
    concerned = {member.club_id for member in sharing} or {club.pk for club in clubs if club.sms_number}
    Suppression.objects.bulk_create(
        [
            Suppression(
                club_id=club_id,
                channel=Channel.SMS,
                address=heard.from_address,
                cause=Suppression.Cause.OPTED_OUT,
                detail=_("Wrote: %(words)s") % {"words": heard.body[:200]},
                suppressed_at=heard.received_at,
            )
            for club_id in sorted(concerned)
        ],
        ignore_conflicts=True,
    )
    return bool(concerned)


def start(heard: InboundMessage, source: str, sharing: Sequence[Member], clubs: Sequence[Club]) -> bool:
    """For the writer; the others at the phone get back what its STOP took from them, and nothing that they had not."""
    others = [member.pk for member in sharing if member.pk != heard.member_id]
    given_back = _taken_by_the_phone(heard, others)
    writers = [member for member in sharing if member.pk == heard.member_id]
    _keep_words(heard, source, writers, is_granted=True)
    for category in ("", *Category.values):
        back = [member for member in sharing if category in given_back.get(member.pk, ())]
        _keep_words(heard, source, back, is_granted=True, category=category)
    lifted = 0
    if _is_the_carriers(heard):
        lifted, _of_each = Suppression.objects.filter(
            club__in={member.club_id for member in sharing} | {club.pk for club in clubs if club.sms_number},
            channel=Channel.SMS,
            address=heard.from_address,
            cause=Suppression.Cause.OPTED_OUT,
        ).delete()
    return bool(writers or given_back or lifted)


def _taken_by_the_phone(heard: InboundMessage, member_ids: Sequence[int]) -> dict[int, list[str]]:
    """Of these members the categories in which the phone's no stands alone between them and what they had agreed to, or,
    by text, had never objected to; “” for all that the word is about, where that is everything."""
    said: dict[int, list[tuple[str, bool, str]]] = {pk: [] for pk in member_ids}
    records = ConsentRecord.objects.filter(member__in=member_ids, channel=heard.channel)
    for member_id, category, is_granted, how in records.order_by("-recorded_at", "-pk").values_list(
        "member", "category", "is_granted", "source"
    ):
        said[member_id].append((category, is_granted, how))
    own = _category(heard)
    asked = [own] if own else list(Category.values)
    found = {}
    for pk, words in said.items():
        back = [
            one for one in asked if _stood_before(heard, [word for word in words if word[0] in ("", one)])
        ]
        if back:
            found[pk] = [""] if not own and back == asked else back
    return found


def _stood_before(heard: InboundMessage, words: Sequence[tuple[str, bool, str]]) -> bool:
    """Whether it was a yes before the phone said no, given what was said, the latest first."""
    before = list(dropwhile(lambda word: not word[1] and word[2] in OF_THE_PHONE, words))
    if len(before) == len(words):
        return False
    return before[0][1] if before else heard.channel == Channel.SMS


def _keep_words(
    heard: InboundMessage,
    source: str,
    members: Sequence[Member],
    *,
    is_granted: bool,
    category: str | None = None,
) -> None:
    """For good, dated by when they were written: of words that come out of order the later one counts."""
    ConsentRecord.objects.bulk_create(
        [
            ConsentRecord(
                member=member,
                channel=heard.channel,
                category=_category(heard) if category is None else category,
                is_granted=is_granted,
                recorded_at=heard.received_at,
                source=source,
                words=heard.body,
            )
            for member in members
        ]
    )
    if members:
        facts_changed.send(sender=Member, member_ids=[member.pk for member in members])


def _is_the_carriers(heard: InboundMessage) -> bool:
    """Whether it is what stops the number and lets it go on, and no later such word of this phone came in before."""
    if heard.channel != Channel.SMS or _category(heard):
        return False
    later = InboundMessage.objects.filter(
        channel=heard.channel,
        from_address=heard.from_address,
        taken_as__in=[TakenAs.STOP, TakenAs.START],
        received_at__gt=heard.received_at,
    )
    return not later.exists()


def _category(heard: InboundMessage) -> str:
    return CATEGORIES.get(TakenAs(heard.taken_as), "")


# --- HELP ---------------------------------------------------------------------------------------
def answer_for_help(heard: InboundMessage, now: dt.datetime) -> bool:
    """By the channel on which it was asked; not to whom it may not be written to by that."""
    member = heard.member
    if member is None:
        return False
    lately = Message.objects.filter(
        member=member, channel=heard.channel, origin=ORIGIN_OF_ANSWERS, created_at__gt=now - HELP_AGAIN
    )
    if lately.exists():
        return True
    template = help_template(member.club, heard.channel)
    if blocked(heard.channel, template.category, {member.pk}):
        return False
    (heard.answer,) = queue_messages(
        template=template,
        recipients=[(member, {})],
        origin=ORIGIN_OF_ANSWERS,
        now=now,
        patience=HELP_PATIENCE,
        priority=Message.Priority.HIGH,
        at_once=True,
    )
    heard.save(update_fields=["answer"])
    message_queued.send(sender=Message)
    return True


def help_template(club: Club, channel: str) -> MessageTemplate:
    """The club's help words, a template like any other; there from the first question on."""
    template, is_new = MessageTemplate.objects.get_or_create(
        club=club,
        slug=HELP_TEMPLATES[Channel(channel)],
        defaults={
            "name": _("Answer to HELP")
            if channel == Channel.SMS
            else _("Answer to HELP (%(channel)s)") % {"channel": Channel(channel).label},
            "channel": channel,
            "category": Category.SERVICE,
            "text_body": HELP_WORDS[Channel(channel)],
        },
    )
    if is_new:
        template.clean()
        template.save(update_fields=["placeholders"])
    return template


# --- Away ---------------------------------------------------------------------------------------
def note_away(heard: InboundMessage, source: str, away: Away, now: dt.datetime) -> bool:
    """Not where the days were over before it was heard of."""
    member = heard.member
    if member is None or away.back_on is None or away.back_on <= now.astimezone(member.zone).date():
        return False
    pause_member(
        member=member,
        back_on=away.back_on,
        why=away.why,
        source=source,
        words=heard.body,
        now=heard.received_at,
    )
    words = {
        "words": heard.body[:100],
        "day": day_in_words(away.back_on, member.club.locale),
    }
    said = (
        _("Wrote “%(words)s”. Workflows leave them in peace until %(day)s; please ask for how long it is.")
        if away.is_guess
        else _("Wrote “%(words)s”. Workflows leave them in peace until %(day)s; a kind word from you helps.")
    )
    open_staff_tasks(
        club=member.club,
        causes=[(member, f"{AWAY}{heard.pk}")],
        description=(said % words)[:300],
        priority=StaffTask.Priority.MEDIUM,
        due_in_days=TASK_DUE_IN_DAYS,
        to_trainer=True,
        now=now,
    )
    return True
