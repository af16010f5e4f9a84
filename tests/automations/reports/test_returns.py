"""The numbers of a workflow: its last run, what it sent, and who came back."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.models import Workflow, WorkflowRun
from automations.reports.returns import count_ahead, numbers_of
from messaging.models import Message
from messaging.reports.figures import FRESH, keep
from tests.factories import (
    NOW,
    EnrollmentFactory,
    MemberFactory,
    MessageFactory,
    StepFactory,
    StepRunFactory,
    VisitFactory,
    WorkflowFactory,
    WorkflowRunFactory,
)

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def workflow():
    return WorkflowFactory()


def followed_up(workflow, days_ago, last=None, **values):
    last_attended_at = NOW - (days_ago + 10) * DAY if last is None else last
    member = MemberFactory(club=workflow.club, last_attended_at=last_attended_at)
    enrolled_at = NOW - days_ago * DAY
    enrollment = EnrollmentFactory(workflow=workflow, member=member, enrolled_at=enrolled_at, **values)
    # A staff task, so that nothing had to leave first.
    StepRunFactory(enrollment=enrollment, action="open_staff_task", ran_at=enrolled_at)
    return enrollment


def enrolled(workflow, days_ago, last=None):
    """Followed up, but for what a test adds itself."""
    enrollment = followed_up(workflow, days_ago, last)
    enrollment.step_runs.all().delete()
    return enrollment


def numbers(workflow):
    return numbers_of(Workflow.objects.filter(pk=workflow.pk).prefetch_related("steps"), NOW)[workflow.pk]


@pytest.mark.parametrize(("days_later", "counts"), [(-1, 0), (0, 1), (2, 1)])
def test_who_reached_the_goal_after_the_follow_up_is_a_success(workflow, days_later, counts):
    enrollment = followed_up(workflow, 5)
    enrollment.goal_reached_at = enrollment.enrolled_at + days_later * DAY
    enrollment.save()
    followed_up(workflow, 5)
    found = numbers(workflow)
    assert (found.followed_up, found.reached_goal) == (2, counts)


def test_a_step_that_only_waits_reaches_nobody(workflow):
    enrollment = enrolled(workflow, 5)
    StepRunFactory(enrollment=enrollment, action="wait_until", ran_at=NOW - DAY)
    assert numbers(workflow).followed_up == 0


def test_long_waits_count_for_how_far_back_is_looked(workflow):
    params = {"goal": "visited", "days": 90, "then": "go_on"}
    StepFactory(workflow=workflow, action="wait_until", action_params=params)
    enrollment = enrolled(workflow, 95)
    StepRunFactory(enrollment=enrollment, action="open_staff_task", ran_at=NOW - DAY, position=2)
    assert numbers(workflow).followed_up == 1


def test_who_visited_after_the_follow_up_came_back(workflow):
    followed_up(workflow, 5, last=NOW - DAY)
    followed_up(workflow, 5)
    found = numbers(workflow)
    assert (found.came_back, found.followed_up) == (1, 2)


def test_a_visit_before_the_follow_up_is_no_return(workflow):
    enrollment = followed_up(workflow, 5)
    VisitFactory(member=enrollment.member, attended_at=enrollment.enrolled_at - DAY)
    assert numbers(workflow).came_back == 0


def test_a_visit_written_down_counts_though_another_followed(workflow):
    enrollment = followed_up(workflow, 20)
    VisitFactory(member=enrollment.member, attended_at=enrollment.enrolled_at + DAY)
    assert numbers(workflow).came_back == 1


def test_a_member_followed_up_twice_counts_once(workflow):
    enrollment = followed_up(workflow, 20, last=NOW - DAY)
    again = EnrollmentFactory(workflow=workflow, member=enrollment.member, occurrence="another")
    StepRunFactory(enrollment=again, ran_at=NOW - 3 * DAY)
    found = numbers(workflow)
    assert (found.came_back, found.followed_up) == (1, 1)


def test_follow_ups_of_more_than_thirty_days_ago_are_left_out(workflow):
    followed_up(workflow, 31, last=NOW - 25 * DAY)
    followed_up(workflow, 29, last=NOW - 25 * DAY)
    found = numbers(workflow)
    assert (found.came_back, found.followed_up) == (1, 1)


def sent(enrollment, days_ago, status=Message.Status.SENT):
    message = MessageFactory(member=enrollment.member, status=status, sent_at=NOW - days_ago * DAY)
    return StepRunFactory(enrollment=enrollment, message=message)


def test_it_counts_what_was_sent_in_thirty_days(workflow):
    sent(followed_up(workflow, 5), 5)
    sent(followed_up(workflow, 40), 29)
    sent(followed_up(workflow, 40), 31)
    sent(followed_up(workflow, 5), 5, Message.Status.FAILED)
    assert numbers(workflow).sent == 2


def test_who_came_before_the_message_left_did_not_come_back(workflow):
    sent(enrolled(workflow, 5, last=NOW - 4 * DAY), 3)
    sent(enrolled(workflow, 5, last=NOW - 2 * DAY), 3)
    found = numbers(workflow)
    assert (found.came_back, found.followed_up) == (1, 2)


@pytest.mark.parametrize("status", ["queued", "claimed", "sending"])
def test_what_has_not_left_yet_waits_and_reached_nobody(workflow, status):
    enrollment = enrolled(workflow, 1, last=NOW - MINUTE)
    message = MessageFactory(member=enrollment.member, status=status)
    StepRunFactory(enrollment=enrollment, message=message)
    found = numbers(workflow)
    assert (found.waiting, found.sent, found.followed_up, found.came_back) == (1, 0, 0, 0)


def test_a_step_that_was_skipped_reached_nobody(workflow):
    enrollment = enrolled(workflow, 5, last=NOW - DAY)
    StepRunFactory(enrollment=enrollment, outcome="skipped", ran_at=NOW - 5 * DAY)
    assert numbers(workflow).followed_up == 0


@pytest.mark.usefixtures("many")
def test_figures_of_an_earlier_release_still_serve(workflow):
    keep("workflow", {workflow.pk: {"sent": 3, "followed_up": 2, "came_back": 1}}, NOW)
    found = numbers(workflow)
    assert (found.sent, found.waiting) == (3, 0)


def test_a_late_step_of_a_long_workflow_counts(workflow):
    StepFactory(workflow=workflow, delay=10, delay_unit="weeks")
    sent(followed_up(workflow, 75), 3)
    assert numbers(workflow).sent == 1


def test_the_last_whole_run_counts_not_that_of_a_single_member(workflow):
    WorkflowRunFactory(workflow=workflow, finished_at=NOW, counts={"due": 3})
    WorkflowRunFactory(workflow=workflow, finished_at=NOW, kind=WorkflowRun.Kind.IMMEDIATE, counts={"due": 1})
    WorkflowRunFactory(workflow=workflow)
    assert numbers(workflow).last_due == 3
    assert numbers(WorkflowFactory()).last_run is None


def test_it_costs_three_queries_for_any_number_of_workflows():
    def queries():
        workflows = list(Workflow.objects.prefetch_related("steps"))
        with CaptureQueriesContext(connection) as captured:
            numbers_of(workflows, NOW)
        return len(captured)

    for _ in range(2):
        sent(followed_up(WorkflowFactory(), 2), 1)
    assert queries() == 3
    for _ in range(8):
        sent(followed_up(WorkflowFactory(), 2), 1)
    assert queries() == 3


@pytest.fixture
def many(monkeypatch):
    monkeypatch.setattr("messaging.reports.figures.LARGE", -1)


@pytest.mark.usefixtures("many")
def test_a_large_clubs_month_is_what_was_counted_ahead_and_its_last_run_the_last(workflow):
    followed_up(workflow, 3)
    assert count_ahead([workflow.club], NOW - FRESH + MINUTE) == 1
    followed_up(workflow, 2)
    run = WorkflowRunFactory(workflow=workflow, finished_at=NOW)
    told = numbers(workflow)
    assert (told.followed_up, told.last_run, told.counted_at) == (1, run, NOW - FRESH + MINUTE)
    assert numbers(WorkflowFactory()).counted_at is None
    count_ahead([workflow.club], NOW)
    assert (numbers(workflow).followed_up, numbers(workflow).counted_at) == (2, NOW)


@pytest.mark.usefixtures("many")
def test_what_was_counted_an_hour_ago_is_counted_anew(workflow):
    followed_up(workflow, 3)
    count_ahead([workflow.club], NOW - FRESH)
    followed_up(workflow, 2)
    assert (numbers(workflow).followed_up, numbers(workflow).counted_at) == (2, None)


def test_a_small_clubs_month_is_counted_every_time(workflow):
    followed_up(workflow, 3)
    count_ahead([workflow.club], NOW)
    followed_up(workflow, 2)
    assert (numbers(workflow).followed_up, numbers(workflow).counted_at) == (2, None)
