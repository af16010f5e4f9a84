"""What a member booked, and what came of it. Classes that were canceled count for nothing."""

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, Topic, true_of
from automations.conditions.choices import Truth
from automations.conditions.days import Day
from automations.conditions.numbers import Times
from members.models import Booking
from members.rules.days import DAY, start_of_day


def own() -> QuerySet[Booking]:
    return Booking.objects.filter(member=OuterRef("pk"), class_session__is_canceled=False).order_by()


def coming(asked: Asked) -> QuerySet[Booking]:
    return own().filter(status__in=Booking.COMING, class_session__starts_at__gte=asked.now)


class HasBookedField(ConditionField):
    kind = "has_booked"
    label = gettext_lazy("Class booked")
    topic = Topic.BOOKING
    sort = Truth(gettext_lazy("has a class booked"), gettext_lazy("has no class booked"))

    def value(self, given: Params, asked: Asked) -> Combinable:
        return true_of(Q(Exists(coming(asked))))


class NextClassField(ConditionField):
    kind = "next_class"
    label = gettext_lazy("Next class")
    topic = Topic.BOOKING
    sort = Day(is_instant=True)

    def value(self, given: Params, asked: Asked) -> Combinable:
        starts = coming(asked).order_by("class_session__starts_at").values("class_session__starts_at")
        return Subquery(starts[:1], output_field=DateTimeField())


class OfStatus(ConditionField):
    """Bookings of one status whose class began in the last days."""

    topic = Topic.BOOKING
    status: Booking.Status

    def value(self, given: Params, asked: Asked) -> Combinable:
        since = start_of_day(asked.today - DAY * (given["days"] - 1), asked.zone)
        counted = own().filter(
            status=self.status, class_session__starts_at__gte=since, class_session__starts_at__lte=asked.now
        )
        number = counted.values("member").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(number, output_field=IntegerField()), Value(0))


class NoShowsField(OfStatus):
    kind = "no_shows"
    label = gettext_lazy("No-shows in so many days")
    status = Booking.Status.NO_SHOW
    sort = Times(gettext_lazy("did not show up %(what)s in %(days)s days"))


class CanceledField(OfStatus):
    kind = "canceled_bookings"
    label = gettext_lazy("Bookings canceled in so many days")
    status = Booking.Status.CANCELED
    sort = Times(gettext_lazy("canceled a booking %(what)s in %(days)s days"))


class BookingsField(ConditionField):
    """By when they were made, whatever came of them."""

    kind = "bookings"
    label = gettext_lazy("Bookings made in so many days")
    topic = Topic.BOOKING
    sort = Times(gettext_lazy("booked %(what)s in %(days)s days"))

    def value(self, given: Params, asked: Asked) -> Combinable:
        since = start_of_day(asked.today - DAY * (given["days"] - 1), asked.zone)
        made = Booking.objects.filter(
            member=OuterRef("pk"), booked_at__gte=since, booked_at__lte=asked.now
        ).order_by()
        number = made.values("member").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(number, output_field=IntegerField()), Value(0))
