"""Asked again at the door: a member who came back is not told that she was missed (B12)."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from automations.engine.advancement import advance
from automations.engine.recheck import StillTrueGate, end_reasons
from automations.models import Enrollment, Workflow
from members.models import Member
from members.operations.visits import record_visit
from messaging.gates import Skip, Wait
from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.factories import (
    NOW,
    ClosureFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageFactory,
    StepFactory,
)
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@pytest.fixture
def message() -> Message:
    """Queued by a workflow for somebody ten days away."""
    EnrollmentFactory(workflow=StepFactory().workflow)
    advance(now=NOW)
    return Message.objects.select_related("member").get()


def deliver_at(now: dt.datetime) -> dict[str, int]:
    return deliver(clock=lambda: now)


def test_a_member_who_came_back_before_it_left_is_not_messaged(
    message: Message, provider: ScriptedTransport
) -> None:
    record_visit(member_id=message.member_id, attended_at=NOW + MINUTE, now=NOW + MINUTE)
    assert deliver_at(NOW + MINUTE) == {"skipped": 1}
    message.refresh_from_db()
    assert (message.status, message.reason, message.ended_at) == ("skipped", "came_back", NOW + MINUTE)
    assert provider.asked == []


def test_a_message_held_over_night_is_asked_about_in_the_morning(
    message: Message, provider: ScriptedTransport
) -> None:
    night, morning = NOW.replace(hour=22), (NOW + DAY).replace(hour=8)
    assert deliver_at(night) == {"held": 1}
    record_visit(member_id=message.member_id, attended_at=night, now=night)
    assert deliver_at(morning) == {"skipped": 1}
    assert provider.asked == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"membership_status": "canceled"}, "canceled"),
        ({"membership_status": "frozen"}, "frozen"),
        ({"last_attended_at": None}, "never_attended"),
        ({"last_attended_at": NOW - DAY * 6}, "came_back"),
        ({"last_attended_at": NOW - DAY * 35}, "inactive"),
        ({"last_attended_at": NOW - DAY * 35, "is_recurring": True}, "inactive_recurring"),
    ],
)
def test_what_is_no_longer_true_is_not_said(
    change: dict[str, Any], reason: str, message: Message, provider: ScriptedTransport
) -> None:
    Member.objects.update(**change)
    assert deliver_at(NOW) == {"skipped": 1}
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", reason)
    assert provider.asked == []


@pytest.mark.parametrize("days_away", [7, 9, 11, 34])
def test_a_corrected_date_is_still_the_same_absence(
    days_away: int, message: Message, provider: ScriptedTransport
) -> None:
    Member.objects.update(last_attended_at=NOW - DAY * days_away)
    assert deliver_at(NOW) == {"sent": 1}


def test_a_closure_entered_meanwhile_counts_at_the_door(
    message: Message, provider: ScriptedTransport
) -> None:
    today = NOW.date()
    ClosureFactory(club=message.club, starts_on=today - DAY * 4, reopens_on=today)
    assert deliver_at(NOW) == {"skipped": 1}


def test_who_came_and_stayed_away_again_is_not_told_about_the_earlier_time(
    message: Message, provider: ScriptedTransport
) -> None:
    Workflow.objects.update(patience_hours=24 * 30)
    Message.objects.update(expires_at=None)
    Member.objects.update(last_attended_at=NOW + DAY)
    assert deliver_at(NOW + DAY * 9) == {"skipped": 1}
    message.refresh_from_db()
    assert message.reason == "came_back"


def test_switched_off_holds_it_and_on_sends_it(message: Message, provider: ScriptedTransport) -> None:
    Workflow.objects.update(is_enabled=False)
    assert deliver_at(NOW) == {"held": 1}
    message.refresh_from_db()
    assert (message.status, message.reason, message.due_at) == ("queued", "workflow_off", NOW + MINUTE * 5)
    assert deliver_at(NOW + MINUTE * 5) == {"held": 1}
    assert message.events.count() == 1, "told once, however often it is asked"
    Workflow.objects.update(is_enabled=True)
    assert deliver_at(NOW + MINUTE * 10) == {"sent": 1}


def test_who_came_back_while_it_was_off_is_skipped(message: Message) -> None:
    Workflow.objects.update(is_enabled=False)
    Member.objects.update(last_attended_at=NOW)
    assert StillTrueGate().verdicts([message], NOW) == {message.pk: Skip("came_back")}


@pytest.mark.parametrize("broken", [{"trigger": "gone"}, {"trigger_params": {"min_days": "soon"}}])
def test_one_that_cannot_be_asked_waits_for_its_repair(broken: dict[str, Any], message: Message) -> None:
    Workflow.objects.update(**broken)
    verdicts = StillTrueGate().verdicts([message], NOW)
    assert verdicts == {message.pk: Wait(NOW + MINUTE * 5, "workflow_broken")}


def test_a_message_that_no_workflow_asked_for_is_none_of_its_business() -> None:
    assert StillTrueGate().verdicts([MessageFactory(member__membership_status="canceled")], NOW) == {}


def test_each_workflow_is_asked_once_for_all_its_members(django_assert_num_queries: Any) -> None:
    for _ in range(2):
        workflow = StepFactory().workflow
        for _ in range(20):
            EnrollmentFactory(workflow=workflow, member=MemberFactory(club=workflow.club, days_away=3))
    enrollments = list(Enrollment.objects.select_related("workflow__club"))
    # Each: a savepoint around its closures and its members.
    with django_assert_num_queries(8):
        over = end_reasons(enrollments, NOW)
    assert Counter(over.values()) == {"came_back": 40}
