"""Starting a workflow by hand: whom, once per dialog, and that its question is asked at once."""

import uuid

import pytest

from automations.engine.evaluation import WorkflowDisabled
from automations.models import Enrollment, ManualStart, Workflow, WorkflowRun
from automations.operations import manual_starts
from automations.operations.manual_starts import start_for_members, startable
from members.models import Member
from tests.factories import NOW, MemberFactory, StepFactory, UserFactory, WorkflowFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_now")]


@pytest.fixture
def workflow():
    workflow = WorkflowFactory(trigger="manual", trigger_params={}, cooldown_days=0)
    StepFactory(workflow=workflow)
    return workflow


def start(workflow, token=None, **more):
    given = {"members": Member.objects.all(), "asked_by": UserFactory(), "now": NOW} | more
    return start_for_members(workflow=workflow, token=token or uuid.uuid4(), **given)


def test_who_was_chosen_is_on_the_way_at_once(workflow):
    chosen = MemberFactory.create_batch(2, club=workflow.club)
    MemberFactory(club=workflow.club)
    members = Member.objects.filter(pk__in=[one.pk for one in chosen])
    assert start(workflow, members=members) == 2
    assert set(Enrollment.objects.values_list("member", flat=True)) == {one.pk for one in chosen}


def test_the_same_dialog_twice_starts_once_and_another_one_again(workflow):
    MemberFactory(club=workflow.club)
    token = uuid.uuid4()
    assert [start(workflow, token), start(workflow, token), start(workflow)] == [1, 0, 1]
    assert Enrollment.objects.count() == ManualStart.objects.count() == 2


def test_members_of_another_club_are_left_alone(workflow):
    MemberFactory()
    assert start(workflow) == 0


def test_who_cannot_be_reached_is_decided_by_the_question_as_ever(workflow):
    MemberFactory(club=workflow.club, unreachable=True)
    assert start(workflow) == 1
    assert not Enrollment.objects.exists()
    assert WorkflowRun.objects.get().counts == {"no_address": 1}


def test_many_are_asked_by_a_run_of_the_whole_club(workflow, monkeypatch):
    monkeypatch.setattr(manual_starts, "ASKED_SINGLY", 2)
    MemberFactory.create_batch(3, club=workflow.club)
    assert start(workflow) == 3
    run = WorkflowRun.objects.get()
    assert (run.kind, run.counts) == ("by_hand", {"due": 3})
    assert Enrollment.objects.count() == 3


def test_a_workflow_that_is_off_starts_many_for_nobody(workflow, monkeypatch):
    monkeypatch.setattr(manual_starts, "ASKED_SINGLY", 0)
    MemberFactory(club=workflow.club)
    Workflow.objects.update(is_enabled=False)
    with pytest.raises(WorkflowDisabled):
        start(Workflow.objects.get())
    assert not ManualStart.objects.exists()


def test_only_what_is_on_has_a_step_and_begins_by_hand_can_be_started(workflow):
    club = workflow.club
    WorkflowFactory(club=club, slug="bare", trigger="manual", trigger_params={})
    for slug, more in (
        ("off", {"is_enabled": False, "trigger": "manual", "trigger_params": {}}),
        ("other", {}),
    ):
        StepFactory(workflow=WorkflowFactory(club=club, slug=slug, **more))
    StepFactory(workflow=workflow, position=2)
    assert list(startable([club.pk])) == [workflow]
    assert list(startable([])) == []
