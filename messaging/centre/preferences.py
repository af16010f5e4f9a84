"""What a member wants to get, by channel and by what it is for: a page behind a signed link, without login or script.

Opening it changes nothing, since mail scanners open every link; nor does a POST that does not come from its form.
"""

from dataclasses import dataclass
from typing import Any

from csp.decorators import csp_replace
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from members.models import Member
from members.operations.pauses import end_pause
from members.rules.pauses import pauses_at
from members.rules.wording import day_in_words, short_instant
from messaging.centre.unsubscribe import STRICTER, page
from messaging.gates import address_of
from messaging.models import Category, Channel, ConsentRecord, MessageTemplate, Suppression
from messaging.operations.consents import opt_in, opt_out, standing_words
from messaging.rules.preferences_links import read_preferences_token
from messaging.rules.unsubscribe_links import NotALink

SOURCE = "preference page"
SAVE, BACK = "save", "back"
RECORDS_SHOWN = 20
CHANNELS = {
    Channel.SMS: gettext_lazy("Text messages"),
    Channel.EMAIL: gettext_lazy("E-mails"),
    Channel.WHATSAPP: gettext_lazy("WhatsApp messages"),
    Channel.IN_APP: gettext_lazy("Messages on your own page"),
}
ABOUT = {
    Category.MARKETING: gettext_lazy("Offers and news"),
    Category.SERVICE: gettext_lazy("About your membership, your bookings and payments"),
}


@dataclass(frozen=True)
class Switch:
    channel: Channel
    category: Category
    is_on: bool

    @property
    def name(self) -> str:
        return f"{self.channel}_{self.category}"

    @property
    def label(self) -> str:
        return str(ABOUT[self.category])

    @property
    def in_words(self) -> str:
        """What is kept word for word, and what the page says afterwards."""
        said = _("%(channel)s, %(about)s: yes") if self.is_on else _("%(channel)s, %(about)s: no")
        return said % {"channel": CHANNELS[self.channel], "about": self.label}


@csp_replace(STRICTER)  # type: ignore[arg-type]  # It takes any view.
@csrf_exempt  # The signed link is the permission, and whoever follows it has no cookie.
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    try:
        member = Member.objects.select_related("club").get(pk=read_preferences_token(token), erased_at=None)
    except (NotALink, Member.DoesNotExist):
        return page(request, "unknown", status=404)
    kept: list[str] = []
    is_back = False
    if request.method == "POST" and SAVE in request.POST:
        kept = _keep(request, member)
    elif request.method == "POST" and BACK in request.POST:
        is_back = end_pause(member_id=member.pk, now=timezone.now())
    return page(request, "preferences", **_context(member, kept), is_back=is_back, saved=SAVE in request.POST)


def switches_for(member: Member) -> list[Switch]:
    """Of each channel by which the club can reach the member, how each category stands."""
    standing = standing_words(member_id=member.pk)
    used = set(
        MessageTemplate.objects.filter(club=member.club_id).order_by().values_list("channel", flat=True)
    ) | {Channel.SMS, Channel.EMAIL}
    return [
        Switch(channel, category, _is_on(standing[channel, category], channel))
        for channel in Channel
        if channel in used and address_of(member, channel)
        for category in Category
    ]


def _is_on(word: bool | None, channel: Channel) -> bool:
    """As the gate says: silence is no objection, but by WhatsApp."""
    return channel != Channel.WHATSAPP if word is None else word


@transaction.atomic
def _keep(request: HttpRequest, member: Member) -> list[str]:
    """Write down what differs from what stands, of the switches that the form showed; what it was, in words."""
    Member.objects.select_for_update(no_key=True).only("pk").get(pk=member.pk)
    shown = set(request.POST.getlist("shown"))
    kept = []
    for switch in switches_for(member):
        wanted = Switch(switch.channel, switch.category, switch.name in request.POST)
        if switch.name not in shown or wanted.is_on == switch.is_on:
            continue
        (opt_in if wanted.is_on else opt_out)(
            member_id=member.pk,
            channel=wanted.channel,
            category=wanted.category,
            source=SOURCE,
            words=wanted.in_words,
            now=timezone.now(),
        )
        kept.append(wanted.in_words)
    return kept


def _context(member: Member, kept: list[str]) -> dict[str, Any]:
    club, now = member.club, timezone.now()
    switches = switches_for(member)
    pause = pauses_at(now).filter(member=member).first()
    held_back = {
        (channel, address)
        for channel, address in Suppression.objects.filter(
            club=club, address__in=[member.phone, member.email.lower()]
        ).values_list("channel", "address")
    }
    return {
        "club": club,
        "kept": kept,
        "channels": [
            {
                "label": CHANNELS[channel],
                "address": "" if channel == Channel.IN_APP else address_of(member, channel),
                "switches": [switch for switch in switches if switch.channel == channel],
                "is_held_back": (channel, address_of(member, channel).lower()) in held_back,
                "start_at": club.sms_number if channel == Channel.SMS and club.can_be_answered else "",
            }
            for channel in dict.fromkeys(switch.channel for switch in switches)
        ],
        "away_until": day_in_words(pause.until.astimezone(member.zone).date(), club.locale) if pause else "",
        "records": [
            {
                "when": short_instant(record.recorded_at, member.zone, club.locale),
                "what": _in_words(record),
                "words": record.words,
            }
            for record in ConsentRecord.objects.filter(member=member)[:RECORDS_SHOWN]
        ],
    }


def _in_words(record: ConsentRecord) -> str:
    channel = CHANNELS[Channel(record.channel)]
    if record.category:
        switch = Switch(Channel(record.channel), Category(record.category), record.is_granted)
        return switch.in_words
    return (_("%(channel)s: yes") if record.is_granted else _("%(channel)s: no")) % {"channel": channel}
