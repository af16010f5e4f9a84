"""The goals: what a member did after they were enrolled, and when, each by the facts that tell of it."""

import datetime as dt
import zoneinfo

import pytest

from automations.goals import GOALS
from automations.models import Enrollment
from members.models import Member
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    EnrollmentFactory,
    MemberFactory,
    PaymentFactory,
    VisitFactory,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
UTC = zoneinfo.ZoneInfo("UTC")
LATER = NOW + 3 * DAY
TODAY = NOW.date()


@pytest.fixture
def enrollment() -> Enrollment:
    return EnrollmentFactory()


def reached(kind: str, enrollment: Enrollment, zone: zoneinfo.ZoneInfo = UTC) -> dt.datetime | None:
    found = GOALS[kind].reached(Enrollment.objects.all(), LATER, zone, "enrolled_at")
    assert set(found) <= {enrollment.pk}
    return found.get(enrollment.pk)


@pytest.mark.parametrize("kind", [goal.kind for goal in GOALS])
def test_who_did_nothing_reached_nothing(kind: str, enrollment: Enrollment) -> None:
    assert reached(kind, enrollment) is None


@pytest.mark.parametrize("kind", [goal.kind for goal in GOALS])
def test_what_others_do_does_not_count(kind: str, enrollment: Enrollment) -> None:
    other = MemberFactory(club=enrollment.workflow.club)
    VisitFactory(member=other, attended_at=NOW + HOUR)
    BookingFactory(member=other, booked_at=NOW + HOUR)
    PaymentFactory(agreement=AgreementFactory(member=other), status="paid", paid_at=NOW + HOUR)
    AgreementFactory(member=other, purchased_on=TODAY + DAY)
    assert reached(kind, enrollment) is None


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (NOW - MINUTE, False),
        (NOW, False),
        (NOW + MINUTE, True),
        (LATER, True),
        (LATER + MINUTE, False),
    ],
)
def test_only_what_was_done_since_then_and_by_now_counts(
    at: dt.datetime, counts: bool, enrollment: Enrollment
) -> None:
    expected = at if counts else None
    VisitFactory(member=enrollment.member, attended_at=at)
    BookingFactory(member=enrollment.member, booked_at=at)
    PaymentFactory(
        agreement=AgreementFactory(member=enrollment.member), status="paid", paid_at=at, due_on=TODAY
    )
    assert [reached(kind, enrollment) for kind in ("visited", "booked", "paid")] == [expected] * 3


def test_the_first_of_several_is_the_one(enrollment: Enrollment) -> None:
    for hours in (5, 2, 9):
        VisitFactory(member=enrollment.member, attended_at=NOW + hours * HOUR)
    assert reached("visited", enrollment) == NOW + 2 * HOUR


def test_a_last_visit_without_a_row_of_its_own_counts(enrollment: Enrollment) -> None:
    Member.objects.update(last_attended_at=NOW + HOUR)
    assert reached("visited", enrollment) == NOW + HOUR


@pytest.mark.parametrize(
    "facts", [{"status": "canceled"}, {"class_session__is_canceled": True}, {"booked_at": None}]
)
def test_a_booking_that_was_called_off_or_is_not_known_when_is_none(
    facts: dict[str, object], enrollment: Enrollment
) -> None:
    session = facts.pop("class_session__is_canceled", False)
    booking = BookingFactory(**{"member": enrollment.member, "booked_at": NOW + HOUR, **facts})
    if session:
        booking.class_session.is_canceled = True
        booking.class_session.save()
    assert reached("booked", enrollment) is None


@pytest.mark.parametrize("status", ["booked", "confirmed", "attended", "no_show"])
def test_the_first_news_of_a_booking_stands_for_when_it_was_made(status: str, enrollment: Enrollment) -> None:
    BookingFactory(
        member=enrollment.member,
        booked_at=None,
        first_told_at=NOW + HOUR,
        changed_at=NOW + DAY,
        status=status,
    )
    assert reached("booked", enrollment) == NOW + HOUR


@pytest.mark.parametrize("status", ["pending", "failed", "refunded"])
def test_a_payment_that_did_not_come_is_none(status: str, enrollment: Enrollment) -> None:
    PaymentFactory(agreement=AgreementFactory(member=enrollment.member), status=status, paid_at=NOW + HOUR)
    assert reached("paid", enrollment) is None


@pytest.mark.parametrize(
    ("zone", "purchased_on", "heard_at", "expected"),
    [
        ("UTC", TODAY - DAY, None, None),
        # The same day: before or after they were enrolled, nobody knows, unless the news of it came that day.
        ("UTC", TODAY, None, None),
        ("UTC", TODAY, NOW - HOUR, None),
        ("UTC", TODAY, NOW + HOUR, NOW + HOUR),
        ("UTC", TODAY + DAY, None, NOW.replace(hour=0) + DAY),
        ("UTC", TODAY + DAY, NOW + 2 * DAY, NOW.replace(hour=0) + DAY),
        # 10:00 in London is 22:00 in Auckland, where the next day begins two hours later, and midnight in Honolulu.
        ("Pacific/Auckland", TODAY + DAY, None, NOW + 2 * HOUR),
        ("Pacific/Honolulu", TODAY, None, None),
        ("Pacific/Honolulu", TODAY + DAY, None, NOW + DAY),
    ],
)
def test_a_purchase_counts_from_its_day(
    zone: str,
    purchased_on: dt.date,
    heard_at: dt.datetime | None,
    expected: dt.datetime | None,
    enrollment: Enrollment,
) -> None:
    AgreementFactory(member=enrollment.member, purchased_on=purchased_on, changed_at=heard_at)
    assert reached("bought", enrollment, zoneinfo.ZoneInfo(zone)) == expected


def test_a_trial_is_no_purchase(enrollment: Enrollment) -> None:
    AgreementFactory(member=enrollment.member, purchased_on=TODAY + DAY, is_trial=True)
    assert reached("bought", enrollment) is None


@pytest.mark.parametrize(
    ("before", "counts"),
    [
        (None, False),
        ({"purchased_on": TODAY - 400 * DAY}, True),
        ({"purchased_on": TODAY - 400 * DAY, "is_trial": True}, False),
    ],
)
def test_who_had_bought_before_renews(
    before: dict[str, object] | None, counts: bool, enrollment: Enrollment
) -> None:
    if before:
        AgreementFactory(member=enrollment.member, **before)
    AgreementFactory(member=enrollment.member, purchased_on=TODAY + DAY)
    assert (reached("renewed", enrollment) is not None) is counts
