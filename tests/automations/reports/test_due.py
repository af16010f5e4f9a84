"""Who is due, counted ahead: what was counted is used until the question, or who was followed up, is another."""

import datetime as dt

import pytest

from automations.models import Workflow
from automations.operations.workflow_runs import run_workflow
from automations.reports import due
from automations.reports.due import count_ahead, due_ahead, questions_of
from messaging.models import Figure
from messaging.reports.figures import FRESH
from tests.factories import NOW, MemberFactory, StepFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LATER = NOW + dt.timedelta(minutes=5)


@pytest.fixture
def workflow():
    return StepFactory().workflow


def found(now=LATER):
    workflow = Workflow.objects.get()
    return due_ahead(questions_of([workflow], now), now)[workflow.pk]


def test_it_says_who_waits_who_was_followed_up_and_who_is_left_to_a_person(workflow):
    ben = MemberFactory(club=workflow.club, days_away=9)
    run_workflow(workflow)
    anna, cleo = (MemberFactory(club=workflow.club, days_away=days) for days in (7, 34))
    dora = MemberFactory(club=workflow.club, days_away=40, is_recurring=True)
    MemberFactory(club=workflow.club, days_away=3)
    assert count_ahead([workflow.club], LATER) == 1
    answer = found()
    assert (answer.waiting, answer.followed_up, answer.counted_at) == ([cleo.pk, anna.pk], 1, LATER)
    assert answer.named == [(cleo.pk, True), (anna.pk, True), (ben.pk, False)]
    assert answer.left == [(dora.pk, dora.last_attended_at)]


def test_what_the_version_before_kept_is_still_read(workflow):
    anna = MemberFactory(club=workflow.club, days_away=7)
    count_ahead([workflow.club], NOW)
    figure = Figure.objects.get(name=f"due:{workflow.pk}")
    figure.counts["named"] = [[anna.pk, 1756_000_000.0, True]]
    figure.save()
    assert found().named == [(anna.pk, True)]


def test_no_more_are_kept_than_a_page_can_tell(workflow, monkeypatch):
    monkeypatch.setattr(due, "COUNTED", 2)
    monkeypatch.setattr(due, "NAMED", 1)
    for _ in range(4):
        MemberFactory(club=workflow.club, days_away=9)
    assert (len(found().waiting), len(found().named)) == (3, 1)


def test_what_was_counted_is_used_until_it_is_old(workflow):
    count_ahead([workflow.club], NOW)
    MemberFactory(club=workflow.club, days_away=9)
    assert (found().waiting, found().counted_at) == ([], NOW)
    assert len(found(NOW + FRESH).waiting) == 1


def test_what_nobody_counted_is_counted_once_and_kept(workflow, django_assert_num_queries):
    MemberFactory(club=workflow.club, days_away=9)
    question = questions_of([workflow], NOW)
    assert len(due_ahead(question, NOW)[workflow.pk].waiting) == 1
    # What is kept, and the last runs.
    with django_assert_num_queries(2):
        assert due_ahead(question, LATER)[workflow.pk].counted_at == NOW


def test_a_workflow_that_was_edited_is_asked_anew(workflow):
    MemberFactory(club=workflow.club, days_away=9)
    count_ahead([workflow.club], NOW)
    Workflow.objects.update(trigger_params=workflow.trigger_params | {"min_days": 10})
    assert found().waiting == []
    assert found().counted_at == LATER


def test_a_first_step_by_another_channel_is_asked_anew(workflow):
    MemberFactory(club=workflow.club, days_away=9, phone="")
    count_ahead([workflow.club], NOW)
    assert found().waiting == []
    workflow.steps.update(action_params={})
    assert len(found().waiting) == 1


def test_after_a_run_it_is_asked_anew(workflow, time_machine):
    MemberFactory(club=workflow.club, days_away=9)
    count_ahead([workflow.club], NOW)
    time_machine.move_to(NOW + dt.timedelta(minutes=1))
    run_workflow(workflow)
    assert (found().waiting, found().followed_up) == ([], 1)


def test_one_that_is_off_or_cannot_be_asked_is_not_counted(workflow):
    Workflow.objects.update(trigger="gone")
    assert count_ahead([workflow.club], NOW) == 0
    Workflow.objects.update(trigger="missed_class", conditions={"field": "custom.gone"})
    assert count_ahead([workflow.club], NOW) == 0
    Workflow.objects.update(conditions={}, is_enabled=False)
    assert count_ahead([workflow.club], NOW) == 0
