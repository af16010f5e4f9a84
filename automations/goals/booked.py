"""Booked: the member took a place in a class and kept it."""

import datetime as dt
import zoneinfo

from django.db.models import OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from automations.goals.base import Goal
from members.models import Booking


class Booked(Goal):
    """A canceled booking is none. Where the other system does not say when it was made, the first news of it counts."""

    kind = "booked"
    label = gettext_lazy("booked")
    until = gettext_lazy("they book a class")

    def first_after(self, since: str, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> Combinable:
        bookings = (
            Booking.objects.filter(member=OuterRef("member"), class_session__is_canceled=False)
            .exclude(status=Booking.Status.CANCELED)
            .annotate(made_at=Coalesce("booked_at", "first_told_at"))
            .filter(made_at__gt=OuterRef(since), made_at__lte=now)
        )
        return Subquery(bookings.order_by("made_at").values("made_at")[:1])
