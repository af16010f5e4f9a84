"""Which follow-up status a person has: one expression, asked of one member or of a million.

Each agreement for itself; the first line that holds decides (the specification's rules from the last to the first):

    in collections                                  Collections Customer
    inactive, canceled                              Canceled Customer
    inactive otherwise                              Expired Customer
    one session bought, one or more left            Renewal Opportunity
    one session bought, none left                   Drop-In
    suspended                                       Active Customer - Suspended
    something past due                              Delinquent Customer
    otherwise                                       Active Customer

Past due is what the other system says; where it does not say, whether a payment of the agreement was due before today
and did not come. Never both, so that nothing counts twice.

Of several agreements one decides, trials left aside: one in collections; else an active one for more than one session; else
an active one for one session; else one that ended. Among equals the latest purchase, then the highest number.

Without any such agreement:

    lead or trial, with a trial purchase and a class since then that was not canceled
        one still to come, or today and not marked  Trial Booked
        else the latest: attended                   Trial Show - No Sale
                         missed                     Trial No Show
    lead or trial, by origin                        Web Lead, Referral, Lead
    former, or membership canceled                  Canceled Customer
    membership frozen                               Active Customer - Suspended
    otherwise                                       Active Customer
"""

import datetime as dt
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, LPad, Substr, TruncDate

from members.models import Agreement, Booking, Club, FollowUpStatus, Member, MembershipStatus, Payment
from members.models.members import Origin, Stage
from members.rules.days import start_of_day

PROSPECTS = (Stage.LEAD, Stage.TRIAL)
_ID_DIGITS = 19
_PACKED_BEFORE = 1 + len("2025-09-01") + _ID_DIGITS


class _OfGroup(ExpressionWrapper):  # type: ignore[type-arg]
    """What the key decides that is grouped by: worked out once for each group, and only where it is asked for."""

    def __init__(self, expression: Any) -> None:
        super().__init__(expression, output_field=expression.output_field)

    def get_group_by_cols(self) -> list[Any]:
        return []


def with_follow_up(members: QuerySet[Member], club: Club, now: dt.datetime) -> QuerySet[Member]:
    """Members of the club, annotated with `current`, the status that each has as of `now`, and `decisive`."""
    today = club.today(now)
    # Named with the club, or the database would read the agreements of all clubs for the members of one.
    here = FilteredRelation("agreements", condition=Q(agreements__club=club))
    return members.annotate(agreements_here=here, decisive=_decisive(club, today)).annotate(
        current=Coalesce(
            Substr("decisive", _PACKED_BEFORE + 1),
            _OfGroup(_without_agreement(club, today)),
            output_field=CharField(),
        )
    )


def stale(members: QuerySet[Member], club: Club, now: dt.datetime) -> QuerySet[Member]:
    """Those of them whose stored status is not the one they have."""
    return with_follow_up(members, club, now).exclude(follow_up_status=F("current"))


def decisive_agreement(packed: str | None) -> int | None:
    """The key of the agreement that decided, from what `with_follow_up` gives as `decisive`."""
    return int(packed[_PACKED_BEFORE - _ID_DIGITS : _PACKED_BEFORE]) if packed else None


def decisive_key(packed: Any) -> Cast:
    """The same within a query."""
    return Cast(Substr(packed, _PACKED_BEFORE - _ID_DIGITS + 1, _ID_DIGITS), BigIntegerField())


def status_of_agreement(club: Club, today: dt.date, of: str = "") -> Case:
    """The own status of an agreement of the club; `of` is the way to it, such as `agreements__`."""
    return Case(
        _when(of, FollowUpStatus.COLLECTIONS, status=Agreement.Status.COLLECTIONS),
        _when(of, FollowUpStatus.CANCELED, status=Agreement.Status.INACTIVE, alert=Agreement.Alert.CANCELED),
        _when(of, FollowUpStatus.EXPIRED, status=Agreement.Status.INACTIVE),
        _when(of, FollowUpStatus.RENEWAL, sessions_bought=1, sessions_left__gte=1),
        _when(of, FollowUpStatus.DROP_IN, sessions_bought=1),
        _when(of, FollowUpStatus.SUSPENDED, is_suspended=True),
        When(_is_past_due(club, today, of), then=Value(FollowUpStatus.DELINQUENT)),
        default=Value(FollowUpStatus.ACTIVE),
        output_field=CharField(),
    )


def owed(club: Club, today: dt.date) -> QuerySet[Payment]:
    """The club's payments that should have come before `today`."""
    return Payment.objects.filter(club=club, status__in=Payment.OWED, due_on__lt=today, amount__gt=0)


def _when(of: str, then: str, **holds: Any) -> When:
    return When(_holds(of, **holds), then=Value(then))


def _holds(of: str, **conditions: Any) -> Q:
    return Q(**{f"{of}{name}": value for name, value in conditions.items()})


def _is_past_due(club: Club, today: dt.date, of: str) -> Q:
    by_its_payments = Q(Exists(owed(club, today).filter(agreement=OuterRef(f"{of}pk"))))
    return _holds(of, past_due__gt=0) | (_holds(of, past_due__isnull=True) & by_its_payments)


def _decisive(club: Club, today: dt.date) -> Max:
    """Of each member's agreements the greatest of rank, day, number and status written one after the other.

    One MAX for all members in one pass, where a subquery for each takes three times as long.
    """
    of = "agreements_here__"
    rank = Case(
        _when(of, "4", status=Agreement.Status.COLLECTIONS),
        _when(of, "1", status=Agreement.Status.INACTIVE),
        _when(of, "2", sessions_bought=1),
        default=Value("3"),
        output_field=CharField(),
    )
    return Max(
        Concat(
            rank,
            Cast(f"{of}purchased_on", CharField()),
            LPad(Cast(f"{of}pk", CharField()), _ID_DIGITS, Value("0")),
            status_of_agreement(club, today, of),
            output_field=CharField(),
        ),
        filter=_holds(of, is_trial=False),
    )


def _without_agreement(club: Club, today: dt.date) -> Case:
    by_origin = Case(
        _when("", FollowUpStatus.WEB_LEAD, origin=Origin.WEB),
        _when("", FollowUpStatus.REFERRAL, origin=Origin.REFERRAL),
        default=Value(FollowUpStatus.LEAD),
        output_field=CharField(),
    )
    by_trial = Subquery(trial_classes(club, today, OuterRef("pk")).values("becomes")[:1])
    return Case(
        When(stage__in=PROSPECTS, then=Coalesce(by_trial, by_origin)),
        _when("", FollowUpStatus.CANCELED, stage=Stage.FORMER),
        _when("", FollowUpStatus.CANCELED, membership_status=MembershipStatus.CANCELED),
        _when("", FollowUpStatus.SUSPENDED, membership_status=MembershipStatus.FROZEN),
        default=Value(FollowUpStatus.ACTIVE),
        output_field=CharField(),
    )


def trial_classes(club: Club, today: dt.date, member: Any) -> QuerySet[Any]:
    """A member's bookings since she bought a trial, the one that decides first; each with what it `becomes` of her."""
    trials = Agreement.objects.filter(member=OuterRef("member"), is_trial=True)
    # A booking nobody marked counts as coming until her day is over; nobody checked her in, so she missed it then.
    is_coming = Q(status__in=Booking.COMING, class_session__starts_at__gte=start_of_day(today, club.zone))
    return (
        Booking.objects.filter(member=member, class_session__is_canceled=False)
        .exclude(status=Booking.Status.CANCELED)
        .annotate(day=TruncDate("class_session__starts_at", tzinfo=club.zone))
        .filter(Exists(trials.filter(purchased_on__lte=OuterRef("day"))))
        .annotate(
            is_first=Case(When(is_coming, then=1), default=0, output_field=IntegerField()),
            becomes=Case(
                When(is_coming, then=Value(FollowUpStatus.TRIAL_BOOKED)),
                _when("", FollowUpStatus.TRIAL_NO_SALE, status=Booking.Status.ATTENDED),
                default=Value(FollowUpStatus.TRIAL_NO_SHOW),
                output_field=CharField(),
            ),
        )
        .order_by("-is_first", "-class_session__starts_at", "-pk")
    )
