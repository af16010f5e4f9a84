"""Whom the checks still to come would follow up: as the engine will, each once, and only what leaves on that day."""

import datetime as dt

import pytest

from automations.engine.advancement import advance
from automations.engine.daily import daily_check_of, evaluate_due_workflows
from automations.models import Enrollment, StepRun, Workflow, WorkflowRun
from automations.reports.club_days import ClubDay
from automations.reports.tomorrow import outbox_page
from members.models import Pause
from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.automations.reports.ahead import OPENS, asked_today, checked, missed_class
from tests.factories import (
    NOW,
    BookingFactory,
    ClassSessionFactory,
    ClosureFactory,
    ClubFactory,
    ConsentRecordFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageFactory,
    PaymentFactory,
    StepFactory,
    StepRunFactory,
    WorkflowRunFactory,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def workflow():
    return asked_today()


@pytest.fixture
def member(workflow):
    """Six days away, so seven tomorrow."""
    return MemberFactory(club=workflow.club, days_away=6)


def page_of(of, now=NOW, **asked):
    return outbox_page(ClubDay.tomorrow(of.club, now), now, **asked)


def rows(workflow, now=NOW):
    return page_of(workflow, now).rows


def foreseen(workflow, now=NOW):
    return [row.member for row in rows(workflow, now) if row.only]


def test_it_says_what_leaves_why_and_on_what_that_depends(workflow, member):
    page = page_of(workflow)
    (row,) = page.rows
    assert (row.member, row.at, row.position, row.workflow) == (member, OPENS, 1, workflow)
    assert (row.text, row.why) == ("Hey John, 7 days", "Last came on 26 August 2025, 7 days away.")
    assert row.only == "Foreseen from tomorrow's check, unless John comes first."
    assert (row.keeps, row.hold, row.message, row.enrollment) == ("", None, None, None)
    assert (page.number, page.foreseen, page.has_more) == (1, 1, False)


DAYS_OF_CLOCKS = {
    "Pacific/Auckland": [
        NOW,
        dt.datetime(2025, 9, 26, 22, tzinfo=dt.UTC),
        dt.datetime(2026, 4, 4, 1, tzinfo=dt.UTC),
    ],
    "Pacific/Honolulu": [NOW, NOW + 12 * HOUR],
    "America/New_York": [
        dt.datetime(2025, 11, 1, 15, tzinfo=dt.UTC),
        dt.datetime(2026, 3, 7, 15, tzinfo=dt.UTC),
    ],
    "America/Santiago": [dt.datetime(2025, 9, 6, 15, tzinfo=dt.UTC)],
}
"""In Auckland, New York and Santiago the day after is one on which the clocks change, in Santiago at midnight."""


@pytest.mark.long
@pytest.mark.parametrize("check_at", [dt.time(0), dt.time(2, 30), dt.time(9, 15)])
@pytest.mark.parametrize(
    ("zone", "now"), [(zone, now) for zone, days in DAYS_OF_CLOCKS.items() for now in days]
)
def test_it_foretells_what_the_engine_does_on_that_day(zone, now, check_at, time_machine):
    workflow = missed_class(workflow__club__time_zone=zone, workflow__club__daily_check_at=check_at)
    club = workflow.club
    time_machine.move_to(now, tick=False)
    evaluate_due_workflows(now=now)
    for days in (5, 6, 7):
        last = dt.datetime.combine(club.today(now) - days * DAY, dt.time(12), club.zone)
        MemberFactory(club=club, last_attended_at=last)
        MemberFactory(club=club, last_attended_at=last, time_zone="Europe/London")
    planned = {(row.member.pk, row.at, row.text) for row in rows(workflow, now)}
    day = ClubDay.tomorrow(club, now)
    checks = [daily_check_of(club, day.day - n * DAY) for n in (0, 1)]
    hours = [now + n * HOUR for n in range((day.ends - now) // HOUR)]
    for at in sorted({*hours, *(at for at in checks if at >= now)}):
        evaluate_due_workflows(now=at)
        advance(now=at)
        deliver(clock=lambda at=at: at)
    left = Message.objects.filter(sent_at__gte=day.begins, sent_at__lt=day.ends)
    assert left
    assert planned == {(one.member_id, one.sent_at, one.text_body) for one in left}


def test_who_comes_in_before_is_not_there_any_more(workflow, member):
    member.last_attended_at = NOW
    member.save()
    assert rows(workflow) == []


def test_who_is_due_at_a_check_that_is_still_to_be_made_today_gets_it_today():
    workflow = missed_class()
    MemberFactory(club=workflow.club, days_away=10)
    new = MemberFactory(club=workflow.club, days_away=6)
    assert foreseen(workflow) == [new]
    assert foreseen(workflow, NOW.replace(hour=3)) == [new]


def test_who_is_due_once_todays_check_is_made_is_found_by_tomorrows(workflow):
    late = MemberFactory(club=workflow.club, days_away=10)
    assert foreseen(workflow) == [late]


def test_what_todays_check_leads_to_tomorrow_is_there_already():
    workflow = missed_class(delay=1)
    today = MemberFactory(club=workflow.club, days_away=10)
    MemberFactory(club=workflow.club, days_away=6)
    (row,) = rows(workflow, NOW.replace(hour=3))
    assert (row.member, row.only) == (today, "Foreseen from today's check, unless John comes first.")
    assert row.why == "Last came on 22 August 2025, 10 days away."


def test_a_check_in_the_evening_leads_to_messages_in_the_morning():
    workflow = missed_class(workflow__club__daily_check_at=dt.time(21))
    checked(workflow, NOW - DAY)
    today = MemberFactory(club=workflow.club, days_away=7)
    MemberFactory(club=workflow.club, days_away=6)
    (row,) = rows(workflow)
    assert (row.member, row.at) == (today, OPENS)


def test_who_is_under_way_or_in_the_outbox_or_cools_down_is_not_named_twice(workflow):
    step = workflow.steps.get()
    standing = EnrollmentFactory(workflow=workflow, step=step, position=1, due_at=OPENS)
    queued = EnrollmentFactory(workflow=workflow, step=step, position=1, status="done")
    message = MessageFactory(member=queued.member, due_at=OPENS)
    StepRunFactory(enrollment=queued, message=message)
    EnrollmentFactory(workflow=workflow, status="done", enrolled_at=NOW - DAY)
    page = page_of(workflow)
    assert {row.member for row in page.rows} == {standing.member, queued.member}
    assert (page.number, page.foreseen) == (2, 0)


@pytest.mark.parametrize("changes", [{"is_enabled": False}, {"paused_at": NOW}])
def test_a_workflow_that_is_off_or_paused_finds_nobody(workflow, member, changes):
    Workflow.objects.update(**changes)
    assert rows(workflow) == []


def test_a_run_that_would_be_held_waits_for_a_person(workflow, member):
    Workflow.objects.update(fuse_first=1)
    assert rows(workflow)[0].keeps == ""
    MemberFactory(club=workflow.club, days_away=6)
    assert [(row.keeps, row.is_skipped) for row in rows(workflow)] == [
        ("So many at once that a person is asked first", False)
    ] * 2


def test_nothing_goes_on_while_a_run_waits_for_a_person(workflow, member):
    WorkflowRunFactory(workflow=workflow, held_at=NOW)
    assert rows(workflow)[0].keeps == "A run of the workflow waits for a person"


def test_what_keeps_it_from_leaving_for_good_outweighs_that(workflow, member):
    WorkflowRunFactory(workflow=workflow, held_at=NOW)
    workflow.club.message_templates.update(text_body="Ask {{ trainer_name }}")
    (row,) = rows(workflow)
    assert row.is_skipped
    assert "The trainer's name" in row.keeps


def test_a_step_that_cannot_be_read_is_said(workflow, member):
    workflow.steps.update(action_params={"template": "gone"})
    (row,) = rows(workflow)
    assert (row.keeps, row.is_skipped) == ("The workflow cannot be asked; its page says why", True)


def test_a_closed_day_does_not_count(workflow, member):
    ClosureFactory(club=workflow.club, starts_on=NOW.date() + DAY, reopens_on=NOW.date() + 2 * DAY)
    assert rows(workflow) == []


def test_whoever_the_engine_would_skip_is_not_there(workflow):
    club = workflow.club
    ConsentRecordFactory(member=MemberFactory(club=club, days_away=6))
    MemberFactory(club=club, days_away=6, phone="")
    MemberFactory(club=club, days_away=6, frozen=True)
    away = MemberFactory(club=club, days_away=6)
    Pause.objects.create(member=away, starts_at=NOW, until=NOW + 5 * DAY)
    assert rows(workflow) == []
    members = [MemberFactory(club=club, days_away=6) for _ in range(40)]
    Workflow.objects.update(control_percent=20)
    assert 0 < len(foreseen(workflow)) < len(members)


def test_a_pause_that_is_over_by_then_keeps_nobody(workflow, member):
    Pause.objects.create(member=member, starts_at=NOW, until=NOW + HOUR)
    assert foreseen(workflow) == [member]


def test_another_first_step_than_a_message_cannot_be_foreseen(workflow, member):
    workflow.steps.update(position=2)
    StepFactory(workflow=workflow, position=1, action="log_event", action_params={"name": "missed"})
    assert rows(workflow) == []


def test_who_comes_anyway_is_told_in_person(workflow, member):
    Workflow.objects.update(in_person=True)
    BookingFactory(
        member=member, class_session=ClassSessionFactory(club=workflow.club, starts_at=OPENS + 2 * HOUR)
    )
    (row,) = rows(workflow)
    assert row.is_skipped
    assert row.keeps == "They come anyway, so the front desk says it"


def test_a_member_of_another_zone_gets_it_when_their_day_opens(workflow):
    # 4 in the morning of UTC is 13:00 in Tokyo and 21:00 in Los Angeles.
    MemberFactory(club=workflow.club, days_away=6, time_zone="Asia/Tokyo")
    MemberFactory(club=workflow.club, days_away=6, time_zone="America/Los_Angeles")
    assert [row.at.hour for row in rows(workflow)] == [4, 15]


def test_an_hour_of_the_next_day_is_not_tomorrow(workflow, member):
    workflow.steps.update(at_time=dt.time(3))
    assert rows(workflow) == []
    workflow.steps.update(at_time=dt.time(17))
    assert rows(workflow)[0].at == OPENS.replace(hour=17)


def test_who_comes_back_to_a_status_has_had_the_first_step(workflow):
    Workflow.objects.update(
        trigger="follow_up_status",
        trigger_params={"status": "lead", "within_days": 7, "on_return": "go_on"},
        cooldown_days=0,
    )
    club, step = workflow.club, workflow.steps.get()
    lead = {"follow_up_status": "lead", "follow_up_status_since": NOW}
    new, back = (MemberFactory(club=club, **lead) for _ in range(2))
    had = EnrollmentFactory(workflow=workflow, member=back, status="done", enrolled_at=NOW - 20 * DAY)
    StepRunFactory(enrollment=had, step=step)
    assert foreseen(workflow) == [new]
    StepRun.objects.update(outcome="missed")
    assert foreseen(workflow) == [new, back]


@pytest.mark.parametrize("changes", [{"trigger": "gone"}, {"conditions": {"field": "custom.gone"}}])
def test_a_workflow_that_cannot_be_asked_leaves_the_others(workflow, member, changes):
    broken = missed_class(workflow__club=workflow.club, workflow__slug="broken")
    Workflow.objects.filter(pk=broken.pk).update(**changes)
    assert foreseen(workflow) == [member]


def test_what_will_be_owed_long_enough_is_foreseen(workflow):
    Workflow.objects.update(trigger="payment_overdue", trigger_params={"days": 3}, cooldown_days=0)
    of_club = {"agreement__member__club": workflow.club}
    payment = PaymentFactory(due_on=dt.date(2025, 8, 30), **of_club)
    PaymentFactory(due_on=dt.date(2025, 8, 31), **of_club)
    assert foreseen(workflow) == [payment.member]


def test_two_workflows_may_find_the_same_member(workflow, member):
    other = asked_today(workflow__club=workflow.club, workflow__slug="another", workflow__name="Another")
    assert [row.workflow for row in rows(workflow)] == [other, workflow]
    assert [row.workflow for row in page_of(workflow, workflow=other).rows] == [other]


def test_looking_writes_nothing(workflow, member):
    assert rows(workflow)
    assert not Enrollment.objects.exists()
    assert WorkflowRun.objects.count() == 1


def test_another_clubs_members_are_not_there(workflow, member):
    other = missed_class(workflow__club=ClubFactory())
    assert rows(other) == []
