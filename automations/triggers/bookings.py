"""Bookings: somebody has booked a class, has a place for certain, came, or did not come."""

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.blocks import BlockForm, Params
from automations.triggers.member_rows import MemberRowTrigger, since
from members.models import Booking, Member
from members.rules.days import AwayClock
from members.rules.wording import instant_in_words

CANCELED, CHANGED, CLASS_OFF, BEGUN = "booking_canceled", "booking_changed", "class_canceled", "class_begun"
IN_WORDS = {
    CANCELED: gettext_lazy("the booking was canceled"),
    CHANGED: gettext_lazy("the booking says something else now"),
    CLASS_OFF: gettext_lazy("the class was canceled"),
    BEGUN: gettext_lazy("the class has begun"),
}


class BookingForm(BlockForm):
    only_first = forms.BooleanField(
        label=gettext_lazy("Only somebody's very first time"),
        required=False,
        help_text=gettext_lazy("Counting the bookings that Rollcall knows of."),
    )
    class_name = forms.CharField(
        label=gettext_lazy("Only classes whose name contains"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Like yoga. Empty for every class."),
    )


class BookingTrigger(MemberRowTrigger):
    Form = BookingForm
    Row = Booking
    reads = (Booking,)
    relation = "bookings"
    prefix = "booking:"
    related = ("class_session",)
    once = gettext_lazy("once for each booking")
    anew = gettext_lazy("another booking would count")

    statuses: ClassVar[tuple[str, ...]]
    first_by: ClassVar[tuple[str, ...]]
    """Whose first among bookings of which statuses."""
    when: ClassVar[str | Promise]
    first: ClassVar[str | Promise]
    """What begins the workflow's sentence; the second where only the first time counts."""

    def counts(self, now: dt.datetime, params: Params) -> Q:
        counts = Q(status__in=self.statuses) & self.fits(now)
        if words := params.get("class_name"):
            counts &= Q(class_session__name__icontains=words)
        if params.get("only_first"):
            counts &= ~Q(Exists(self.earlier()))
        return counts

    def fits(self, now: dt.datetime) -> Q:
        return Q()

    def earlier(self) -> QuerySet[Any]:
        """The bookings of the same member of which one is enough for this not to be the first."""
        raise NotImplementedError

    def sentence(self, params: Params) -> str:
        said = str(self.first if params.get("only_first") else self.when)
        if words := params.get("class_name"):
            return _("%(said)s whose name contains “%(words)s”") % {"said": said, "words": words}
        return said

    def values_of(self, row: Booking, clock: AwayClock) -> dict[str, str]:
        session = row.class_session
        return {
            "class_name": session.name,
            "class_starts_at": instant_in_words(session.starts_at, clock.zone, clock.locale),
        }


class ComingBooking(BookingTrigger):
    """Of a class that is still to come. A class at another time is another occurrence, since what was said is not true any more."""

    def unless(self, member: Member) -> str:
        return _("unless the booking or the class is canceled or moved before")

    def fits(self, now: dt.datetime) -> Q:
        return Q(class_session__is_canceled=False, class_session__starts_at__gt=now)

    def name_of(self, at: str) -> Combinable:
        starts_at = Cast(f"{at}class_session__starts_at", CharField())
        return Concat(super().name_of(at), Value(":"), starts_at, output_field=CharField())

    def endings(self, now: dt.datetime, params: Params) -> list[tuple[str, Q]]:
        return [
            (CANCELED, Q(status=Booking.Status.CANCELED)),
            (CLASS_OFF, Q(class_session__is_canceled=True)),
            (BEGUN, Q(class_session__starts_at__lte=now)),
            (CHANGED, ~Q(status__in=[*self.statuses, *Booking.COMING])),
        ]

    def earlier(self) -> QuerySet[Any]:
        made = Coalesce("booked_at", "first_told_at")
        others = Booking.objects.filter(member=OuterRef("member")).exclude(status=Booking.Status.CANCELED)
        others = others.annotate(made=made)
        before = Coalesce(OuterRef("booked_at"), OuterRef("first_told_at"))
        # What was there before instants were kept was there earlier.
        return others.filter(Q(made=None) | Q(made__lt=before) | Q(made=before, pk__lt=OuterRef("pk")))


class BookingCreated(ComingBooking):
    kind = "booking_created"
    label = gettext_lazy("Booking made")
    statuses = Booking.COMING
    when = gettext_lazy("When somebody books a class")
    first = gettext_lazy("When somebody books their very first class")
    happened = gettext_lazy("Booked a class on %(day)s.")
    never = gettext_lazy("Has booked no such class in the last %(days)s days that is still to come.")
    asks = gettext_lazy("booked such a class in the last %(days)s days")

    def lately(self, clock: AwayClock, params: Params) -> dict[str, Any]:
        return {"first_told_at__gte": since(clock)}

    def happened_at(self, at: str, clock: AwayClock, params: Params) -> Combinable:
        return Coalesce(f"{at}booked_at", f"{at}first_told_at")


class BookingConfirmed(ComingBooking):
    kind = "booking_confirmed"
    label = gettext_lazy("Booking confirmed")
    statuses = (Booking.Status.CONFIRMED,)
    when = gettext_lazy("When a booking is confirmed for a class")
    first = gettext_lazy("When somebody's very first booking is confirmed for a class")
    happened = gettext_lazy("A booking was confirmed on %(day)s.")
    never = gettext_lazy(
        "Has no such booking that was confirmed in the last %(days)s days and is still to come."
    )
    asks = gettext_lazy("a booking confirmed in the last %(days)s days")

    def lately(self, clock: AwayClock, params: Params) -> dict[str, Any]:
        return {"status__in": self.statuses, "status_since__gte": since(clock)}

    def happened_at(self, at: str, clock: AwayClock, params: Params) -> Combinable:
        return F(f"{at}status_since")


class PastBooking(BookingTrigger):
    """Of a class that was: counted from the class itself, whenever somebody told what became of the booking."""

    def lately(self, clock: AwayClock, params: Params) -> dict[str, Any]:
        return {"status__in": self.statuses, "status_since__gte": since(clock)}

    def fits(self, now: dt.datetime) -> Q:
        return Q(class_session__is_canceled=False)

    def endings(self, now: dt.datetime, params: Params) -> list[tuple[str, Q]]:
        return [
            (CANCELED, Q(status=Booking.Status.CANCELED)),
            (CLASS_OFF, Q(class_session__is_canceled=True)),
            (CHANGED, ~Q(status__in=self.statuses)),
        ]

    def earlier(self) -> QuerySet[Any]:
        starts_at = OuterRef("class_session__starts_at")
        same_hour = Q(class_session__starts_at=starts_at, pk__lt=OuterRef("pk"))
        others = Booking.objects.filter(member=OuterRef("member"), status__in=self.statuses)
        return others.filter(Q(class_session__starts_at__lt=starts_at) | same_hour)


class BookingCompleted(PastBooking):
    kind = "booking_completed"
    label = gettext_lazy("Came to a class")
    statuses = (Booking.Status.ATTENDED,)
    when = gettext_lazy("When somebody has come to a class")
    first = gettext_lazy("When somebody has come to their very first class")
    happened = gettext_lazy("Came to a class on %(day)s.")
    never = gettext_lazy("Has come to no such class in the last %(days)s days.")
    asks = gettext_lazy("came to such a class in the last %(days)s days")

    def unless(self, member: Member) -> str:
        return _("unless somebody corrects that %(name)s came") % {"name": member.first_name}

    def happened_at(self, at: str, clock: AwayClock, params: Params) -> Combinable:
        # Who came is known while the class still goes on; nobody is asked about it before it is over.
        return Coalesce(f"{at}class_session__ends_at", f"{at}class_session__starts_at")


class BookingNoShow(PastBooking):
    kind = "booking_no_show"
    label = gettext_lazy("Did not come to a class")
    statuses = (Booking.Status.NO_SHOW,)
    when = gettext_lazy("When somebody has not come to a class they had booked")
    first = gettext_lazy("When somebody has for the first time not come to a class they had booked")
    happened = gettext_lazy("Had booked a class on %(day)s and did not come.")
    never = gettext_lazy("Has missed no such booked class in the last %(days)s days.")
    asks = gettext_lazy("missed such a booked class in the last %(days)s days")

    def unless(self, member: Member) -> str:
        return _("unless somebody corrects that %(name)s did not come") % {"name": member.first_name}

    def happened_at(self, at: str, clock: AwayClock, params: Params) -> Combinable:
        return F(f"{at}class_session__starts_at")
