"""The front desk's cards: what a message would have said, for whoever sees the member today."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from automations.engine.in_person import IN_PERSON, coming
from automations.models import StepRun
from members.models import Booking, StaffTask
from members.rules.wording import short_instant
from messaging.models import Message
from messaging.operations.wording import Unfilled, envelope_of
from messaging.rules.causes import CARD


def open_cards(messages: Sequence[Message], reason: str, now: dt.datetime, **_signal: Any) -> None:
    """A card for each of these messages that was skipped to be said in person; nothing for other reasons.

    It is for the day of the class that they booked, else for today, and for whoever is at the desk.
    """
    if reason != IN_PERSON:
        return
    asked_by = StepRun.objects.filter(message__in=messages).values_list(
        "message", "enrollment__workflow__in_person_hours"
    )
    hours: dict[int | None, int] = dict(asked_by)
    booked: dict[int, Booking] = {}
    places = coming(now, max(hours.values(), default=0)).filter(member__in={m.member_id for m in messages})
    for booking in places.select_related("class_session"):
        booked.setdefault(booking.member_id, booking)

    def next_class(message: Message) -> Booking | None:
        until = now + dt.timedelta(hours=hours.get(message.pk, 0))
        booking = booked.get(message.member_id)
        return booking if booking and booking.class_session.starts_at <= until else None

    StaffTask.objects.bulk_create(
        [_card(message, next_class(message), now) for message in messages], ignore_conflicts=True
    )


def _card(message: Message, booking: Booking | None, now: dt.datetime) -> StaffTask:
    club = message.club
    try:
        words = envelope_of(message).text
    except Unfilled:
        words = ""
    about = {"template": message.template.name if message.template else message.origin}
    if booking:
        starts_at = booking.class_session.starts_at
        about |= {"class": booking.class_session.name, "at": short_instant(starts_at, club.zone, club.locale)}
        why = _("Comes to %(class)s, %(at)s: say it in person instead of “%(template)s”.") % about
    else:
        starts_at = now
        why = _("Was here today: say it in person instead of “%(template)s”.") % about
    return StaffTask(
        club=club,
        member=message.member,
        kind=StaffTask.Kind.IN_PERSON,
        description=Truncator(why).chars(300),
        words=words,
        priority=StaffTask.Priority.MEDIUM,
        due_on=club.today(starts_at),
        cause=f"{CARD}{message.pk}",
        opened_at=now,
    )
