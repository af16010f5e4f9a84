"""Whether a workflow brings members back: the two shares, the interval of their difference, and the price of one return."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automations.models import Enrollment, Workflow
from automations.reports.comparison import Comparison, Side, compare, difference_interval
from members.models import Visit
from messaging.models import Channel
from tests.factories import (
    NOW,
    EnrollmentFactory,
    MemberFactory,
    MessageFactory,
    StepFactory,
    StepRunFactory,
)

DAY = dt.timedelta(days=1)
THEN = NOW - 60 * DAY


def enroll(workflow: Workflow, number: int, *, came: int, control: bool, at: dt.datetime = THEN) -> None:
    for n in range(number):
        member = MemberFactory(club=workflow.club, last_attended_at=at - 10 * DAY)
        EnrollmentFactory(
            workflow=workflow,
            member=member,
            enrolled_at=at,
            occurrence=f"o{at}",
            status="exited" if control else "done",
            end_reason="control" if control else "",
        )
        if n < came:
            Visit.objects.create(member=member, attended_at=at + 29 * DAY)


@pytest.fixture
def workflow(db: None) -> Workflow:
    return StepFactory().workflow


def test_nothing_is_compared_before_somebody_had_30_days(workflow: Workflow) -> None:
    enroll(workflow, 2, came=1, control=False)
    assert compare(workflow, now=NOW) is None
    enroll(workflow, 1, came=0, control=True, at=NOW - 29 * DAY)
    assert compare(workflow, now=NOW) is None


def test_it_says_too_early_while_there_are_few(workflow: Workflow) -> None:
    enroll(workflow, 4, came=4, control=False)
    enroll(workflow, 3, came=0, control=True)
    found = compare(workflow, now=NOW)
    assert found
    assert (found.followed_up, found.left_out) == (Side(4, 4), Side(3, 0))
    assert found.is_early


def test_it_tells_a_difference_that_is_there(workflow: Workflow) -> None:
    enroll(workflow, 40, came=32, control=False)
    enroll(workflow, 30, came=6, control=True)
    found = compare(workflow, now=NOW)
    assert found
    assert not found.is_early
    assert (round(found.lift), found.followed_up.percent, found.left_out.percent) == (60, 80, 20)
    assert 0 < found.low < found.lift < found.high < 100


@pytest.mark.parametrize(
    ("currency", "cost", "per_return"), [("USD", "$16.40", "$0.68"), ("CHF", "CHF0.19", "CHF0.01")]
)
def test_it_tells_what_each_more_costs_of_all_channels(
    workflow: Workflow, currency: str, cost: str, per_return: str
) -> None:
    club = workflow.club
    club.sms_part_price, club.email_price, club.whatsapp_price = 64_500, 8_000, 450_000
    club.currency, club.locale = currency, "en_US"
    club.save()
    enroll(workflow, 40, came=32, control=False)
    enroll(workflow, 30, came=6, control=True)
    followed_up = Enrollment.objects.filter(end_reason="").select_related("member").order_by("pk")
    for n, enrollment in enumerate(followed_up):
        channel = Channel.WHATSAPP if n else Channel.EMAIL
        channel = Channel.SMS if n and not n % 10 else channel
        StepRunFactory(
            enrollment=enrollment,
            message=MessageFactory(
                member=enrollment.member, channel=channel, status="sent", sent_at=THEN, text_body="Hi"
            ),
        )
    found = compare(workflow, now=NOW)
    assert found
    assert (found.cost, found.cost_per_return) == (cost, per_return)


def test_those_before_the_first_who_was_left_out_do_not_count(workflow: Workflow) -> None:
    enroll(workflow, 2, came=2, control=False, at=THEN - 30 * DAY)
    enroll(workflow, 1, came=1, control=True)
    found = compare(workflow, now=NOW)
    assert found
    assert found.followed_up == Side(0, 0)


def test_a_visit_later_than_30_days_is_none(workflow: Workflow) -> None:
    enroll(workflow, 1, came=0, control=True)
    Visit.objects.create(member=Enrollment.objects.get().member, attended_at=THEN + 31 * DAY)
    found = compare(workflow, now=NOW)
    assert found
    assert found.left_out == Side(1, 0)


def test_no_interval_is_told_of_nobody() -> None:
    assert difference_interval(Side(0, 0), Side(10, 5)) == (-1.0, 1.0)
    assert Comparison(Side(0, 0), Side(10, 5), 0, -100, 100, "", "").is_early


def test_the_interval_is_newcombes() -> None:
    """His table II, line 10: 56 of 70 and 48 of 80, 0.0524 to 0.3339."""
    low, high = difference_interval(Side(70, 56), Side(80, 48))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


sides = st.integers(1, 500).flatmap(lambda n: st.builds(Side, st.just(n), st.integers(0, n)))


@given(sides, sides)
def test_the_interval_holds_the_difference_and_is_within_bounds(one: Side, other: Side) -> None:
    low, high = difference_interval(one, other)
    assert -1 - 1e-9 <= low <= one.share - other.share + 1e-9
    assert one.share - other.share - 1e-9 <= high <= 1 + 1e-9
