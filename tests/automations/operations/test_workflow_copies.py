"""Copies of a workflow, and one brought back as it was: complete, switched off or as it is, and nobody loses their place."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from automations.models import Step, Workflow
from automations.operations.workflow_copies import AsItWas, bring_back, copy_workflow
from messaging.models import MessageTemplate
from tests.factories import (
    NOW,
    ClubFactory,
    EnrollmentFactory,
    MessageTemplateFactory,
    StepFactory,
    UserFactory,
    WorkflowFactory,
)

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def workflow():
    workflow = WorkflowFactory(goal="booked", cooldown_days=9, description="For those away")
    MessageTemplateFactory(club=workflow.club, slug="hello", name="Hello there", text_body="Hello")
    StepFactory(workflow=workflow, action_params={"template": "hello"})
    StepFactory(
        workflow=workflow,
        position=2,
        delay=2,
        at_time=dt.time(9),
        at_weekday=1,
        action="end",
        action_params={},
    )
    return workflow


def steps(workflow):
    return list(workflow.steps.values_list("position", "action", "delay", "at_weekday", "action_params"))


def test_a_copy_does_the_same_and_is_off(workflow):
    copy = copy_workflow(workflow=workflow, club=workflow.club, name="Copy")
    assert (copy.is_enabled, copy.slug, copy.name) == (False, "missed-class-2", "Copy")
    assert (copy.goal, copy.cooldown_days, copy.description) == ("booked", 9, "For those away")
    assert copy.trigger_params == workflow.trigger_params
    assert steps(copy) == steps(workflow)
    assert not copy.enrollments.exists()
    again = copy_workflow(workflow=workflow, club=workflow.club, name="Copy")
    assert again.slug == "missed-class-3"


def test_every_field_that_is_edited_is_copied(workflow):
    """A field that somebody adds is either copied, or named as the workflow's own."""
    changed = {
        field.name: not field.default if isinstance(field.default, bool) else field.default + 1
        for field in Workflow._meta.concrete_fields
        if field.editable and isinstance(field.default, bool | int) and field.name != "is_enabled"
        if not field.choices
    }
    assert "patience_hours" in changed
    Workflow.objects.update(**changed)
    workflow.refresh_from_db()
    copy = copy_workflow(workflow=workflow, club=workflow.club, name="Copy")
    assert {name: getattr(copy, name) for name in changed} == changed


def test_that_it_was_paused_is_not_copied(workflow):
    workflow.paused_at = NOW
    assert copy_workflow(workflow=workflow, club=workflow.club, name="Copy").paused_at is None


def test_another_club_gets_the_templates_it_lacks_and_keeps_its_own(workflow):
    MessageTemplateFactory(club=workflow.club, slug="bye", name="Bye")
    StepFactory(workflow=workflow, position=3, action_params={"template": "bye"})
    other = ClubFactory()
    theirs = MessageTemplateFactory(club=other, slug="bye", text_body="Ours")
    copy = copy_workflow(workflow=workflow, club=other, name="Copy")
    assert (copy.club, copy.slug) == (other, "missed-class")
    assert set(MessageTemplate.objects.filter(club=other).values_list("slug", "text_body")) == {
        ("hello", "Hello"),
        ("bye", "Ours"),
    }
    theirs.refresh_from_db()
    assert theirs.name == "bye"
    assert MessageTemplate.objects.filter(club=workflow.club).count() == 2


def test_what_does_not_fit_the_other_club_is_refused_with_nothing_copied(workflow):
    person = UserFactory(username="maria")
    workflow.club.staff.add(person)
    params = {"description": "Call", "priority": "low", "due_in_days": 1, "assignee": "maria"}
    StepFactory(workflow=workflow, position=3, action="open_staff_task", action_params=params)
    other = ClubFactory()
    with pytest.raises(ValidationError):
        copy_workflow(workflow=workflow, club=other, name="Copy")
    assert not Workflow.objects.filter(club=other).exists()
    assert not MessageTemplate.objects.filter(club=other).exists()


@pytest.fixture
def changed(workflow, time_machine):
    """Stood as it is at NOW; an hour later edited, with a step gone and another one in its place."""
    Workflow.history.all().delete()
    Step.history.all().delete()
    time_machine.move_to(NOW, tick=True)
    workflow.save()
    for step in workflow.steps.all():
        step.save()
    time_machine.move_to(NOW + HOUR, tick=True)
    workflow.cooldown_days, workflow.name, workflow.is_enabled = 3, "New name", False
    workflow.save()
    workflow.steps.get(position=2).delete()
    first = workflow.steps.get()
    first.delay = 7
    first.save()
    StepFactory(workflow=workflow, position=5, action_params={"template": "hello"})
    return workflow


def first_change(workflow):
    return workflow.history.order_by("history_date").first().history_date


def test_it_is_as_it_was_but_for_being_on_or_off(changed):
    kept = changed.steps.first().pk
    brought = bring_back(workflow_id=changed.pk, at=first_change(changed))
    brought.refresh_from_db()
    assert (brought.cooldown_days, brought.name, brought.is_enabled) == (9, "Missed class", False)
    assert steps(brought) == [
        (1, "send_message", 0, None, {"template": "hello"}),
        (2, "end", 2, 1, {}),
    ]
    assert brought.steps.first().pk == kept
    assert brought.history.first().history_change_reason == "Brought back as it was"


def test_who_stands_before_a_step_that_goes_goes_on_to_the_next(changed):
    last = changed.steps.get(position=5)
    enrollment = EnrollmentFactory(workflow=changed, step=last, position=5)
    bring_back(workflow_id=changed.pk, at=first_change(changed))
    enrollment.refresh_from_db()
    assert (enrollment.step, enrollment.position, enrollment.status) == (None, 3, "active")


def test_what_is_as_it_was_is_left_alone(changed):
    with pytest.raises(AsItWas):
        bring_back(workflow_id=changed.pk, at=timezone.now())
    bring_back(workflow_id=changed.pk, at=first_change(changed))
    before = changed.history.count()
    with pytest.raises(AsItWas):
        bring_back(workflow_id=changed.pk, at=NOW + dt.timedelta(minutes=1))
    assert changed.history.count() == before


def test_what_would_not_fit_any_more_is_refused(changed):
    MessageTemplate.objects.all().delete()
    with pytest.raises(ValidationError):
        bring_back(workflow_id=changed.pk, at=first_change(changed))
    changed.refresh_from_db()
    assert changed.cooldown_days == 3
