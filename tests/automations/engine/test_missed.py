"""How something came to be too late is told as it was: what stood in the way, who did not decide, that nobody asked."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.engine.evaluation import evaluate, start_run
from automations.engine.explanation import explain
from automations.engine.fuse import RunHeld, held_run
from automations.models import Reason, Workflow, WorkflowRun
from automations.operations.brakes import cancel
from automations.reports.log import run_rows
from members.models import Member
from tests.factories import (
    NOW,
    BookingFactory,
    ClassSessionFactory,
    ConsentRecordFactory,
    MemberFactory,
    StepFactory,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
BOOKED = NOW - 4 * DAY
"""On 28 August; three days later it is too late."""
TOO_LATE = "It happened on 28 August 2025, and by now it is too late for a follow-up."


@pytest.fixture
def workflow() -> Workflow:
    params = {"only_first": False, "class_name": ""}
    made = StepFactory(
        workflow__trigger="booking_created", workflow__trigger_params=params, workflow__cooldown_days=0
    )
    workflow: Workflow = made.workflow
    return workflow


def booked(workflow: Workflow, at: dt.datetime = BOOKED, **traits: object) -> Member:
    member = MemberFactory(club=workflow.club, **traits)
    session = ClassSessionFactory(club=workflow.club, starts_at=NOW + 9 * DAY)
    BookingFactory(member=member, class_session=session, first_told_at=at)
    return member


def check(workflow: Workflow, at: dt.datetime) -> WorkflowRun:
    return evaluate(start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=at))


def told(workflow: Workflow, member: Member) -> str:
    """By the explanation and by the log of a run, which say the same."""
    explained = explain(member, workflow, now=NOW)
    assert explained.decided == Reason.MISSED
    rows = {row.member_id: row.reason_text for row in run_rows(check(workflow, NOW))}
    assert rows[member.external_id] == explained.why
    return explained.why


def test_who_could_not_be_reached_in_time_is_told_so(workflow: Workflow) -> None:
    member = booked(workflow, phone="")
    check(workflow, NOW - 3 * DAY)
    Member.objects.update(phone="+15555550123")
    assert told(workflow, member) == f"{TOO_LATE} While there was time, the answer was “No address”."


def test_the_last_answer_in_time_is_the_one_that_is_told(workflow: Workflow) -> None:
    member = booked(workflow, phone="")
    check(workflow, NOW - 3 * DAY)
    Member.objects.update(phone="+15555550123")
    ConsentRecordFactory(member=member, is_granted=False)
    check(workflow, NOW - 2 * DAY)
    assert told(workflow, member).endswith("While there was time, the answer was “Opted out”.")


def test_an_answer_about_something_else_is_not_told(workflow: Workflow) -> None:
    member = booked(workflow, BOOKED - 3 * DAY, phone="")
    check(workflow, NOW - 6 * DAY)
    Member.objects.update(phone="+15555550123")
    session = ClassSessionFactory(club=workflow.club, starts_at=NOW + 9 * DAY)
    BookingFactory(member=member, class_session=session, first_told_at=BOOKED)
    assert told(workflow, member) == f"{TOO_LATE} No daily check took place while there was time."


def test_where_nobody_asked_in_time_that_is_told(workflow: Workflow) -> None:
    check(workflow, NOW - 9 * DAY)
    assert told(workflow, booked(workflow)) == f"{TOO_LATE} No daily check took place while there was time."


@pytest.mark.parametrize("is_canceled", [False, True])
def test_where_a_held_run_waited_until_it_was_too_late_that_is_told(
    workflow: Workflow, is_canceled: bool
) -> None:
    member = booked(workflow)
    booked(workflow)
    Workflow.objects.update(fuse_first=1)
    workflow.refresh_from_db()
    with pytest.raises(RunHeld):
        check(workflow, NOW - 3 * DAY)
    held = held_run(workflow)
    assert held
    if is_canceled:
        cancel(run=held, now=NOW - 2 * DAY, by=None)
    waited = "A run waited for a person in those days, and nobody let it go in time."
    assert explain(member, workflow, now=NOW).why == f"{TOO_LATE} {waited}"


def test_of_what_became_known_too_late_nothing_is_made_up(workflow: Workflow) -> None:
    check(workflow, NOW - 3 * DAY)
    assert told(workflow, booked(workflow)) == TOO_LATE


def test_what_is_too_late_stays_so_and_another_would_count(workflow: Workflow) -> None:
    member = booked(workflow, first_name="Ana", phone="")
    said = explain(member, workflow, now=NOW).what_next
    assert said == "Ana is not followed up for this any more; another booking would count."


def test_the_log_of_many_asks_no_more_than_that_of_few(workflow: Workflow) -> None:
    def queries() -> int:
        run = check(workflow, NOW)
        with CaptureQueriesContext(connection) as captured:
            assert {row.reason for row in run_rows(run)} == {Reason.MISSED}
        return len(captured)

    booked(workflow)
    few = queries()
    for _ in range(5):
        booked(workflow)
    assert queries() == few
