"""Since when somebody has the status that facts give who are told late, such as a club's first files: not since they came in.

    canceled or expired by an agreement     the day on which it ended
    delinquent, or in collections           the day since which something is past due
    another one by an agreement, or if the  the day on which it started, else the day of the purchase
        above is not known or still to come
    a trial class came to, or missed        when the class began
    a lead                                  the day on which they asked
    active without an agreement             the day on which they joined
    canceled or suspended without one       the day of the last visit, else the day on which they joined

Days are the club's, and none is still to come. Without any of them the status begins when it is told.
"""

import datetime as dt
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateField,
    DateTimeField,
    F,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncDate

from members.models import Agreement, Booking, Club, FollowUpStatus, Member
from members.rules.days import StartOfDay
from members.rules.follow_up import decisive_key, owed, status_of_agreement, trial_classes

LEADS = (FollowUpStatus.LEAD, FollowUpStatus.WEB_LEAD, FollowUpStatus.REFERRAL)
TRIALS_PAST = (FollowUpStatus.TRIAL_NO_SALE, FollowUpStatus.TRIAL_NO_SHOW)


def with_beginnings(club: Club, today: dt.date) -> QuerySet[Any]:
    """One row with `began` for each row of `told`, the answer of `with_follow_up` under this name in the same statement."""
    agreement = decisive_key(RawSQL("told.decisive", (), output_field=CharField()))
    became = RawSQL("told.current", (), output_field=CharField())
    pk = RawSQL("told.pk", (), output_field=BigIntegerField())
    of_class: QuerySet[Booking] = trial_classes(club, today, pk)
    return (
        Member.objects.filter(pk=pk)
        .order_by()
        .annotate(became=became, agreement=agreement)
        .annotate(
            began=Case(
                When(agreement__isnull=False, then=Subquery(_of_agreement(agreement, club, today))),
                When(became__in=TRIALS_PAST, then=Subquery(of_class.values("class_session__starts_at")[:1])),
                When(became__in=LEADS, inquired_on__lte=today, then=StartOfDay("inquired_on", club.zone)),
                When(became__in=LEADS, then=None),
                When(
                    ~Q(became=FollowUpStatus.ACTIVE) & Q(last_attended_at__isnull=False),
                    then=StartOfDay(TruncDate("last_attended_at", tzinfo=club.zone), club.zone),
                ),
                When(
                    ~Q(became=FollowUpStatus.TRIAL_BOOKED) & Q(joined_on__lte=today),
                    then=StartOfDay("joined_on", club.zone),
                ),
                output_field=DateTimeField(),
            )
        )
    )


def _of_agreement(pk: Any, club: Club, today: dt.date) -> QuerySet[Any]:
    unpaid = owed(club, today).filter(agreement=pk).order_by("due_on").values("due_on")
    return (
        Agreement.objects.filter(pk=pk)
        .order_by()
        .annotate(own=status_of_agreement(club, today))
        .annotate(
            day=Case(
                When(status=Agreement.Status.INACTIVE, ends_on__lte=today, then=F("ends_on")),
                When(
                    own__in=(FollowUpStatus.DELINQUENT, FollowUpStatus.COLLECTIONS),
                    past_due_since__lte=today,
                    then=F("past_due_since"),
                ),
                When(own=FollowUpStatus.DELINQUENT, past_due__isnull=True, then=Subquery(unpaid[:1])),
                When(starts_on__lte=today, then=F("starts_on")),
                When(purchased_on__lte=today, then=F("purchased_on")),
                output_field=DateField(),
            )
        )
        .annotate(began=StartOfDay("day", club.zone))
        .values("began")
    )
