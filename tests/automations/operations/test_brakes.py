"""What a person says of a held run and of a paused workflow."""

import datetime as dt

import pytest

from automations.engine.evaluation import WorkflowDisabled, evaluate, evaluate_members, start_run
from automations.engine.explanation import explain
from automations.engine.fuse import RunHeld, held_run
from automations.models import Enrollment, Workflow, WorkflowRun
from automations.operations.brakes import AlreadyDecided, FarMoreByNow, cancel, let_go, pause, resume
from automations.operations.workflow_runs import carry_out
from automations.rules.brakes import Outcomes
from messaging.gates import Wait, ask
from messaging.models import Message
from tests.factories import NOW, EnrollmentFactory, MemberFactory, StepFactory, UserFactory

pytestmark = pytest.mark.django_db
Kind = WorkflowRun.Kind
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def run() -> WorkflowRun:
    """Four are due where three may be."""
    workflow = StepFactory(workflow__fuse_first=3).workflow
    for _ in range(4):
        MemberFactory(club=workflow.club, days_away=10)
    with pytest.raises(RunHeld):
        evaluate(start_run(workflow, kind=Kind.DAILY, now=NOW))
    held = held_run(workflow)
    assert held
    return held


def test_go_enrolls_exactly_those_who_are_still_due(run: WorkflowRun) -> None:
    person, later = UserFactory(), NOW + HOUR
    back = run.workflow.club.members.first()
    back.last_attended_at = later
    back.save()
    new = let_go(run=run, seen=4, now=later, by=person)
    carry_out(new, now=later)
    run.refresh_from_db()
    assert (run.verdict, run.decided_at, run.decided_by) == ("go", later, person)
    assert (new.kind, new.as_of, new.requested_by, new.released_from) == ("by_hand", later, person, run)
    assert Enrollment.objects.filter(run=new).count() == 3
    assert not Enrollment.objects.filter(member=back).exists()
    assert held_run(run.workflow) is None


def test_two_who_press_at_once_start_one_run_and_the_second_hears_who_was_first(run: WorkflowRun) -> None:
    let_go(run=run, seen=4, now=NOW, by=UserFactory(first_name="Anna", last_name="A"))
    for press in (
        lambda: let_go(run=run, seen=4, now=NOW, by=UserFactory()),
        lambda: cancel(run=run, now=NOW, by=UserFactory()),
    ):
        with pytest.raises(AlreadyDecided, match=r"Anna A let it go\."):
            press()
    assert WorkflowRun.objects.filter(released_from=run).count() == 1


def test_after_cancel_nobody_was_followed_up_and_the_next_check_is_weighed_anew(run: WorkflowRun) -> None:
    person = UserFactory()
    cancel(run=run, now=NOW, by=person)
    run.refresh_from_db()
    assert (run.verdict, run.decided_by, run.finished_at) == ("cancel", person, None)
    assert not Enrollment.objects.exists()
    with pytest.raises(RunHeld) as again:
        evaluate(start_run(run.workflow, kind=Kind.DAILY, now=NOW + DAY))
    assert again.value.run != run


def test_far_more_than_the_person_saw_has_to_be_looked_at_again(run: WorkflowRun) -> None:
    for _ in range(5):
        MemberFactory(club=run.workflow.club, days_away=10)
    with pytest.raises(FarMoreByNow, match="9 members would be followed up, not 4"):
        let_go(run=run, seen=4, now=NOW, by=None)
    assert held_run(run.workflow) == run
    let_go(run=run, seen=9, now=NOW, by=None)


def test_of_a_workflow_that_is_off_none_is_let_go(run: WorkflowRun) -> None:
    Workflow.objects.update(is_enabled=False)
    with pytest.raises(WorkflowDisabled):
        let_go(run=run, seen=4, now=NOW, by=None)
    assert held_run(run.workflow) == run


@pytest.fixture
def paused() -> Enrollment:
    """Somebody under way in a workflow that was paused."""
    enrollment: Enrollment = EnrollmentFactory(workflow=StepFactory().workflow)
    assert pause(workflow_id=enrollment.workflow_id, because=Outcomes(40, 12, 1), now=NOW)
    enrollment.workflow.refresh_from_db()
    return enrollment


def test_while_it_is_paused_nobody_is_enrolled_and_no_step_is_taken(paused: Enrollment) -> None:
    from automations.engine.advancement import advance
    from automations.engine.daily import evaluate_due_workflows

    workflow = paused.workflow
    one = MemberFactory(club=workflow.club, days_away=10)
    assert evaluate_due_workflows(now=NOW) == {}
    with pytest.raises(WorkflowDisabled, match="was paused by itself"):
        evaluate_members(workflow, [one.pk], now=NOW)
    assert advance(now=NOW) == {}
    said = explain(one, workflow, now=NOW)
    assert (said.decided, said.next_at) == ("due", None)
    assert said.what_next.startswith("The workflow was paused by itself")


def test_what_is_queued_waits_at_the_door(paused: Enrollment) -> None:
    from automations.engine.advancement import advance

    resume(workflow_id=paused.workflow_id, now=NOW, by=None)
    advance(now=NOW)
    pause(workflow_id=paused.workflow_id, because=Outcomes(40, 12, 1), now=NOW)
    message = Message.objects.get()
    verdict = ask([message], NOW)[message.pk]
    assert isinstance(verdict, Wait)
    assert verdict.reason == "workflow_paused"


def test_neither_editing_nor_switching_off_and_on_clears_it(paused: Enrollment) -> None:
    workflow = Workflow.objects.get()
    for is_enabled in (False, True):
        workflow.is_enabled = is_enabled
        workflow.name += "!"
        workflow.save()
    assert Workflow.objects.get().paused_at == NOW


def test_only_resume_does_and_the_history_says_who_did(paused: Enrollment) -> None:
    person = UserFactory()
    assert resume(workflow_id=paused.workflow_id, now=NOW + HOUR, by=person)
    workflow = Workflow.objects.get()
    assert (workflow.paused_at, workflow.paused_because, workflow.resumed_at) == (None, {}, NOW + HOUR)
    assert workflow.history.first().history_user == person
    assert not resume(workflow_id=paused.workflow_id, now=NOW + HOUR, by=person)


def test_a_second_pause_changes_nothing(paused: Enrollment) -> None:
    assert not pause(workflow_id=paused.workflow_id, because=Outcomes(90, 90, 9), now=NOW + HOUR)
    workflow = Workflow.objects.get()
    assert (workflow.paused_at, workflow.paused_because["asked"]) == (NOW, 40)
