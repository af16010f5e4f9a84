"""What messaging shows on a member's page and in the list of members: whether she may be written to, and what she got."""

import datetime as dt
from collections.abc import Iterator
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from members.admin.columns import label
from members.admin.panels import (
    Fact,
    TimelineEntry,
    TimelineSource,
    add_member_facts,
    add_member_filter,
    add_timeline_source,
)
from members.models import Member
from messaging.admin.messages import reason_with_whom, status_label
from messaging.gates import MEMBER_GATES
from messaging.gates.address import ADDRESS_FIELD
from messaging.gates.consent import ConsentGate
from messaging.models import Category, Channel, ConsentRecord, Suppression
from messaging.operations.by_hand import ORIGIN
from messaging.operations.families import who_got_it
from messaging.reports.reach import stopped_by, stopped_in_words

CHANNELS = {Channel.SMS: gettext_lazy("Texts"), Channel.EMAIL: gettext_lazy("E-mails")}
ICONS = {Channel.SMS: "sms", Channel.EMAIL: "mail", Channel.WHATSAPP: "chat", Channel.IN_APP: "notifications"}
WORDS_SHOWN = 120


# --- The list ----------------------------------------------------------------------------------
def opted_out_of(channel: str, category: str) -> Q:
    """As the gate says; asked only of those who ever said no, since a million others would be asked one by one."""
    return said_no(channel) & ConsentGate().blocks(channel, category)


def said_no(channel: str) -> Q:
    return Q(pk__in=ever_said_no(Member.objects.all(), channel))


def cannot_be_reached_by(channel: str) -> Q:
    """By nothing at all, whatever it is for."""
    stopped = Q(pk__in=[])
    for gate in MEMBER_GATES:
        categories = (
            (Category.MARKETING, Category.SERVICE) if isinstance(gate, ConsentGate) else (Category.SERVICE,)
        )
        stopped |= reduce(and_, (gate.blocks(channel, category) for category in categories))
    return stopped


def has_no_address(members: QuerySet[Member], channel: str) -> QuerySet[Any]:
    return members.filter(**{ADDRESS_FIELD[Channel(channel)]: ""}).order_by().values("pk")


def ever_said_no(_members: QuerySet[Member], channel: str) -> QuerySet[Any]:
    """Of any club, as one index tells."""
    return ConsentRecord.objects.filter(channel=channel, is_granted=False).order_by().values("member")


def has_a_listed_address(members: QuerySet[Member], channel: str) -> QuerySet[Any]:
    """On the list of any club."""
    listed = Suppression.objects.filter(channel=channel).order_by().values("address")
    field = ADDRESS_FIELD[Channel(channel)]
    # As the index has them: a phone has no capitals, and nobody is looked up by nothing.
    address = F(field) if field == "phone" else Lower(field)
    some = members.exclude(**{field: ""}).alias(one_address=address)
    return some.filter(one_address__in=listed).order_by().values("pk")


PERHAPS = {
    "no_address": has_no_address,
    "opted_out": ever_said_no,
    "suppressed": has_a_listed_address,
}
"""By the reason of each gate: the keys of those of these members whom it may keep out of a channel, and of more; each from an index."""


def cannot_be_reached(members: QuerySet[Member]) -> Q:
    """By text or e-mail. The gates are asked only about those of `members` whom perhaps neither reaches."""
    perhaps, *others = (_perhaps_not_reached_by(members, channel) for channel in CHANNELS)
    asked = Q(pk__in=perhaps.intersection(*others))
    for channel in CHANNELS:
        asked &= cannot_be_reached_by(channel)
    return asked


def _perhaps_not_reached_by(members: QuerySet[Member], channel: str) -> QuerySet[Any]:
    # Some of them twice: whoever is in both is told apart afterward.
    some, *others = (PERHAPS[gate.reason](members, channel) for gate in MEMBER_GATES)
    return some.union(*others, all=True)


def never_asked_about(channel: str) -> Q:
    return ~Q(Exists(ConsentRecord.objects.filter(member=OuterRef("pk"), channel=channel).order_by()))


class ReachFilter(DropdownFilter):
    title = gettext_lazy("may be written to")
    parameter_name = "reach"
    choices_of_reach = {
        "no_texts": (
            gettext_lazy("Opted out of offers and news by text"),
            opted_out_of(Channel.SMS, Category.MARKETING),
        ),
        "no_mail": (
            gettext_lazy("Opted out of offers and news by e-mail"),
            opted_out_of(Channel.EMAIL, Category.MARKETING),
        ),
        "unasked_texts": (
            gettext_lazy("No consent on record for texts"),
            never_asked_about(Channel.SMS),
        ),
        "unasked_mail": (
            gettext_lazy("No consent on record for e-mail"),
            never_asked_about(Channel.EMAIL),
        ),
        "undialable": (
            gettext_lazy("Phone cannot be dialed"),
            ~Q(phone="") & Q(phone_is_dialable=False),
        ),
    }
    nowhere = "nowhere"
    """Asked of the list's own rows, which are fewer than all members."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        others = [(key, words) for key, (words, _asked) in self.choices_of_reach.items()]
        return [*others, (self.nowhere, _("Cannot be reached at all"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Member]) -> QuerySet[Member]:
        if self.value() == self.nowhere:
            return rows.filter(cannot_be_reached(rows))
        chosen = self.choices_of_reach.get(self.value() or "")
        return rows.filter(chosen[1]) if chosen else rows


# --- What matters on top -----------------------------------------------------------------------
def facts(request: HttpRequest, member: Member, now: dt.datetime) -> list[Fact]:
    if not request.user.has_perm("messaging.view_consentrecord"):
        return []
    return [
        Fact(CHANNELS[Channel(channel)], _reach(member, channel, reasons))
        for channel, reasons in stopped_by(member).items()
    ]


def _reach(member: Member, channel: str, reasons: dict[str, str]) -> SafeString:
    marketing, service = reasons[Category.MARKETING], reasons[Category.SERVICE]
    if marketing and marketing == service:
        return label(stopped_in_words(channel, marketing).rstrip("."), "danger")
    said = []
    if marketing or service:
        said.append(_("No offers and news") if marketing else _("Only offers and news"))
    if channel == Channel.SMS and not member.phone_is_dialable:
        said.append(_("Will hardly arrive"))
    if not said:
        return label(_("May be sent"), "success")
    return format_html_join(" ", "{}", ((label(words, "warning"),) for words in said))


# --- What happened -----------------------------------------------------------------------------
def _messages(request: HttpRequest, member: Member, limit: int) -> Iterator[TimelineEntry]:
    messages = list(member.messages.select_related("template", "asked_by").order_by("-id")[:limit])
    got_it = who_got_it(messages)
    for message in messages:
        told = message.text_body or (message.template.name if message.template else "")
        if len(told) > WORDS_SHOWN:
            told = f"{told[: WORDS_SHOWN - 1]}…"
        parts = [
            f"“{told}”" if told else "",
            f"{reason_with_whom(message, got_it.get(message.pk))}." if message.reason else "",
        ]
        if message.origin == ORIGIN:
            parts.append(_("Sent by hand, by %(who)s.") % {"who": message.asked_by or _("somebody who left")})
        yield TimelineEntry(
            message.sent_at or message.created_at,
            message.get_channel_display(),
            " ".join(part for part in parts if part),
            ICONS[Channel(message.channel)],
            status_label(message),
            reverse("admin:messaging_message_change", args=[message.pk]),
        )


def _consents(request: HttpRequest, member: Member, limit: int) -> Iterator[TimelineEntry]:
    for record in member.consent_records.select_related("recorded_by")[:limit]:
        how = _("How: %(source)s.") % {"source": record.source}
        who = _("Written down by %(who)s.") % {"who": record.recorded_by} if record.recorded_by else ""
        words = f"“{record.words}”" if record.words else ""
        yield TimelineEntry(
            record.recorded_at,
            consent_in_words(record),
            " ".join(part for part in (words, how, who) if part),
            "thumb_up" if record.is_granted else "notifications_off",
            link=reverse("admin:messaging_consentrecord_change", args=[record.pk]),
        )


def consent_in_words(record: ConsentRecord) -> str:
    said = _consent_to_channel(record)
    if not record.category:
        return said
    return _("%(said)s: %(category)s") % {"said": said, "category": record.get_category_display().lower()}


def _consent_to_channel(record: ConsentRecord) -> str:
    if record.channel not in CHANNELS:
        channel = {"channel": record.get_channel_display()}
        said = (
            _("Agreed to %(channel)s messages")
            if record.is_granted
            else _("Opted out of %(channel)s messages")
        )
        return said % channel
    if record.channel == Channel.SMS:
        return _("Agreed to texts") if record.is_granted else _("Opted out of texts")
    return _("Agreed to e-mails") if record.is_granted else _("Opted out of e-mails")


add_member_filter(ReachFilter)
add_member_facts(facts)
for source in (
    TimelineSource(
        "messaging.view_message",
        _messages,
        "admin:messaging_message_changelist",
        gettext_lazy("All messages"),
    ),
    TimelineSource(
        "messaging.view_consentrecord",
        _consents,
        "admin:messaging_consentrecord_changelist",
        gettext_lazy("All consents"),
    ),
):
    add_timeline_source(source)
