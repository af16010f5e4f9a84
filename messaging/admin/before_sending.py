"""What a person should know before writing to a member by hand: what she got or will get, and where she stands."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from members.admin.columns import when
from members.models import Member, MembershipStatus
from members.rules.wording import instant_in_words
from messaging.admin.origins import give_origins
from messaging.gates import Wait
from messaging.models import Channel, Message, MessageTemplate
from messaging.operations.by_hand import ORIGIN, preview

LATELY = dt.timedelta(days=7)
TOLD = 5
WAITING = (Message.Status.QUEUED, Message.Status.CLAIMED, Message.Status.SENDING)
SAID = (*WAITING, Message.Status.SENT, Message.Status.UNKNOWN)


def shown_before(
    member: Member,
    template: MessageTemplate,
    now: dt.datetime,
    *,
    button: str,
    repeats: Message | None = None,
) -> dict[str, Any]:
    """For the question's page: the words as they would be sent, what to heed, what they wait for, and the button where nothing forbids it."""
    seen = preview(member=member, template=template, now=now, repeats=repeats)
    return {
        "preview": seen,
        "heed": before_sending(member, template, now),
        "waits": _waits_in_words(seen.verdict, member) if isinstance(seen.verdict, Wait) else "",
        "is_email": template.channel == Channel.EMAIL,
        "button": "" if seen.stopped else button,
    }


def before_sending(member: Member, template: MessageTemplate, now: dt.datetime) -> list[Any]:
    """One sentence each, what speaks against it first; none of them forbids it."""
    return [*_where_they_stand(member, template, now), *_said_lately(member, now)]


def _waits_in_words(verdict: Wait, member: Member) -> str:
    when = instant_in_words(verdict.until, member.zone, member.club.locale)
    if verdict.reason == "quiet_hours":
        return _("Quiet hours: it leaves on %(when)s.") % {"when": when}
    if verdict.reason == "sending_paused":
        return _("Sending is paused for this club: it leaves when somebody ends that.")
    if verdict.reason == "all_paused":
        return _("Sending is paused for all clubs: it leaves when that is over.")
    if verdict.reason == "hourly_ceiling":
        return _("The club sent as many as it may in an hour: it leaves from %(when)s on.") % {"when": when}
    return _("It waits until %(when)s.") % {"when": when}


def _where_they_stand(member: Member, template: MessageTemplate, now: dt.datetime) -> Iterator[str]:
    words = {"name": member.first_name, "phone": member.phone}
    match member.membership_status:
        case MembershipStatus.CANCELED:
            yield _("%(name)s has canceled the membership.") % words
        case MembershipStatus.FROZEN:
            yield _("The membership of %(name)s is frozen; workflows leave %(name)s in peace.") % words
    if last_on := member.last_attended_on():
        today = member.club.today(now)
        if last_on == today:
            yield _("%(name)s was here today.") % words
        elif today - last_on < LATELY:
            words["when"] = when(member.last_attended_at, member.club)
            yield _("%(name)s was here lately, on %(when)s.") % words
    if template.channel in (Channel.SMS, Channel.WHATSAPP) and member.phone and not member.phone_is_dialable:
        yield _("No network could connect %(phone)s; the text will most likely not arrive.") % words


def _said_lately(member: Member, now: dt.datetime) -> Iterator[Any]:
    found = member.messages.filter(status__in=SAID).filter(
        created_at__gt=now - LATELY
    ) | member.messages.filter(status__in=WAITING)
    messages = list(found.select_related("template", "asked_by", "club").order_by("-id")[:TOLD])
    give_origins(messages)
    for message in messages:
        words = {
            "template": message.template.name if message.template else message.get_channel_display(),
            "when": when(message.sent_at or message.due_at, member.club),
            "who": _who(message),
        }
        if message.status == Message.Status.SENT:
            said = _("“{template}” was sent on {when}; asked for by {who}.")
        elif message.status == Message.Status.UNKNOWN:
            said = _("“{template}” may have arrived already, we cannot tell; asked for by {who}.")
        elif message.due_at > now:
            said = _("“{template}” is waiting and leaves on {when}; asked for by {who}.")
        else:
            said = _("“{template}” is on its way; asked for by {who}.")
        yield format_html(said, **words)


def _who(message: Any) -> Any:
    if message.origin == ORIGIN:
        return message.asked_by or _("somebody who left")
    return message.origin_link
