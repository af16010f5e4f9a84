"""Say it in person: who comes anyway gets no message, and the front desk gets the words."""

import datetime as dt
from typing import Any

import pytest

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate
from automations.engine.in_person import come_anyway
from automations.engine.recheck import StillTrueGate
from automations.models import Enrollment, Workflow
from automations.operations.in_person import open_cards
from automations.reports.log import log_rows
from automations.rules.sentences import workflow_sentence
from members.models import Member, StaffTask
from messaging.models import Message, MessageTemplate
from messaging.operations.delivery import deliver
from tests.factories import (
    NOW,
    BookingFactory,
    ClassSessionFactory,
    EnrollmentFactory,
    MemberFactory,
    StepFactory,
    WorkflowRunFactory,
)
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def workflow() -> Workflow:
    """Said in person to whoever was here today or comes within 12 hours; asks for a status, which no visit changes."""
    workflow: Workflow = StepFactory(
        workflow__in_person=True,
        workflow__trigger="follow_up_status",
        workflow__trigger_params={"status": "lead", "within_days": 7, "on_return": "go_on"},
    ).workflow
    return workflow


@pytest.fixture
def message(workflow: Workflow) -> Message:
    member = MemberFactory(
        club=workflow.club, follow_up_status="lead", follow_up_status_since=NOW - DAY, days_away=10
    )
    EnrollmentFactory(workflow=workflow, member=member, occurrence="lead:2025-08-25")
    advance(now=NOW)
    return Message.objects.select_related("member").get()


def deliver_at(now: dt.datetime) -> dict[str, int]:
    return deliver(clock=lambda: now)


def books(message: Message, starts_at: dt.datetime, **facts: Any) -> None:
    session = ClassSessionFactory(
        club=message.club, starts_at=starts_at, is_canceled=facts.pop("is_canceled", False)
    )
    BookingFactory(member=message.member, class_session=session, **facts)


def test_who_booked_for_today_gets_a_card_instead(message: Message, provider: ScriptedTransport) -> None:
    books(message, NOW + 8 * HOUR)
    assert deliver_at(NOW) == {"skipped": 1}
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "in_person")
    assert provider.asked == []
    card = StaffTask.objects.get()
    assert (card.kind, card.member, card.due_on) == ("in_person", message.member, NOW.date())
    assert card.words.startswith("Hey John, we missed you last week!")
    assert "Yoga" in card.description
    assert message.template is not None
    assert message.template.name in card.description


@pytest.mark.parametrize(
    ("starts_in", "facts", "comes"),
    [
        (-MINUTE, {}, False),
        (0 * HOUR, {}, True),
        (12 * HOUR, {}, True),
        (12 * HOUR + MINUTE, {}, False),
        (HOUR, {"status": "confirmed"}, True),
        (HOUR, {"status": "canceled"}, False),
        (HOUR, {"status": "no_show"}, False),
        (HOUR, {"is_canceled": True}, False),
    ],
)
def test_only_a_booking_that_stands_and_is_near_counts(
    starts_in: dt.timedelta,
    facts: dict[str, Any],
    comes: bool,
    message: Message,
    provider: ScriptedTransport,
) -> None:
    books(message, NOW + starts_in, **facts)
    assert deliver_at(NOW) == ({"skipped": 1} if comes else {"sent": 1})


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "Pacific/Honolulu"])
@pytest.mark.parametrize("by", ["visit", "check-in"])
def test_today_is_the_clubs_day(zone: str, by: str, message: Message, provider: ScriptedTransport) -> None:
    """At 10:00 UTC it is 22:00 in Auckland, and midnight in Honolulu, where the day has just begun."""
    began = {"UTC": NOW - 10 * HOUR, "Pacific/Auckland": NOW - 22 * HOUR, "Pacific/Honolulu": NOW}[zone]
    message.club.time_zone = zone
    message.club.save()
    Member.objects.update(time_zone="UTC")
    for at, comes in ((began - MINUTE, False), (began, True)):
        if by == "visit":
            Member.objects.update(last_attended_at=at)
        else:
            books(message, NOW - 3 * DAY, checked_in_at=at, status="attended")
        verdicts = StillTrueGate().verdicts([Message.objects.get()], NOW)
        assert bool(verdicts) is comes


def test_a_card_for_a_class_tomorrow_is_tomorrows(message: Message) -> None:
    books(message, NOW + 22 * HOUR)
    Workflow.objects.update(in_person_hours=24)
    deliver_at(NOW)
    assert StaffTask.objects.get().due_on == NOW.date() + DAY


def test_a_class_beyond_the_hours_does_not_move_todays_card(message: Message) -> None:
    Member.objects.update(last_attended_at=NOW - HOUR)
    books(message, NOW + 30 * HOUR)
    deliver_at(NOW)
    card = StaffTask.objects.get()
    assert (card.due_on, card.description.split(":")[0]) == (NOW.date(), "Was here today")


def test_where_the_workflow_does_not_ask_for_it_the_message_is_sent(
    message: Message, provider: ScriptedTransport
) -> None:
    Workflow.objects.update(in_person=False)
    books(message, NOW + HOUR)
    assert deliver_at(NOW) == {"sent": 1}
    assert not StaffTask.objects.exists()


def test_a_workflow_that_is_off_holds_it_all_the_same(message: Message) -> None:
    Workflow.objects.update(is_enabled=False)
    books(message, NOW + HOUR)
    assert deliver_at(NOW) == {"held": 1}
    assert not StaffTask.objects.exists()


def test_what_comes_too_late_is_not_said_either(message: Message) -> None:
    books(message, NOW + 100 * HOUR)
    assert deliver_at(NOW + 99 * HOUR) == {"skipped": 1}
    assert Message.objects.get().reason == "too_late"
    assert not StaffTask.objects.exists()


def test_who_came_back_is_not_told_that_they_were_missed() -> None:
    workflow = StepFactory(workflow__in_person=True).workflow
    enrollment = EnrollmentFactory(workflow=workflow)
    advance(now=NOW)
    Member.objects.update(last_attended_at=NOW)
    assert deliver_at(NOW + MINUTE) == {"skipped": 1}
    assert (enrollment.step_runs.get().message.reason, StaffTask.objects.count()) == ("came_back", 0)


def test_a_message_has_one_card_however_often_it_is_told(message: Message) -> None:
    books(message, NOW + HOUR)
    deliver_at(NOW)
    open_cards([message], "in_person", NOW)
    open_cards([message], "opted_out", NOW)
    assert StaffTask.objects.count() == 1


def test_words_that_cannot_be_filled_leave_a_card_without_them(message: Message) -> None:
    MessageTemplate.objects.update(text_body="Hey {{ email }}")
    Member.objects.update(email="")
    books(message, NOW + HOUR)
    deliver_at(NOW)
    assert StaffTask.objects.get().words == ""


def test_the_log_says_so() -> None:
    workflow = StepFactory(workflow__in_person=True).workflow
    run = WorkflowRunFactory(workflow=workflow)

    member = MemberFactory(club=workflow.club, days_away=10)
    evaluate(run)
    advance(now=NOW)
    BookingFactory(member=member)
    deliver_at(NOW)
    (row,) = log_rows(workflow.club)
    assert row.reason_text.endswith("Not sent: they come anyway, so the front desk says it.")


def test_the_sentence_says_so(workflow: Workflow) -> None:
    assert "or comes within 12 hours, is told in person instead." in workflow_sentence(workflow)


def test_it_asks_once_per_workflow(workflow: Workflow, django_assert_num_queries: Any) -> None:

    for _ in range(20):
        EnrollmentFactory(workflow=workflow)
    enrollments = list(Enrollment.objects.select_related("workflow__club"))
    with django_assert_num_queries(1):
        come_anyway(enrollments, NOW)
