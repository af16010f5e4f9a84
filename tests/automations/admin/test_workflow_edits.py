"""Editing a workflow that is on: what is asked before it is saved, and what others changed meanwhile stays."""

from html.parser import HTMLParser

import pytest

from automations.admin.workflow_form import WorkflowForm
from automations.models import Step, Workflow
from automations.operations.brakes import pause, resume
from automations.rules.brakes import Outcomes
from tests.automations.admin.test_workflows import calls, data_for, page, sends
from tests.factories import NOW, EnrollmentFactory, MessageTemplateFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow():
    workflow = WorkflowFactory()
    MessageTemplateFactory(club=workflow.club, slug="hello", name="Hello")
    return workflow


def test_moving_a_step_before_where_somebody_stands_is_asked_first(admin_client, workflow):
    first = StepFactory(workflow=workflow, action_params={"template": "hello"})
    task = {"description": "Call", "priority": "high", "due_in_days": 2, "assignee": "trainer"}
    second = StepFactory(workflow=workflow, position=2, action="open_staff_task", action_params=task)
    EnrollmentFactory(workflow=workflow, step=first, position=1)
    swapped = data_for(workflow, [sends(id=first.pk, position=2), calls("Call", id=second.pk, position=1)])
    asks = admin_client.post(page(workflow), swapped)
    moved = "Step 1 (open a staff task: “Call”) comes earlier: 1 member who is past its new place does not take it."
    assert moved in asks.content.decode()
    assert Step.objects.first() == first
    admin_client.post(page(workflow), swapped | {"_sure": "yes"})
    assert Step.objects.first() == second


@pytest.fixture
def simple(workflow):
    return StepFactory(workflow=workflow, action="end", action_params={}).workflow


def form_of(workflow, **changes):
    return data_for(workflow, [{"action": "end", "id": workflow.steps.get().pk}], **changes)


@pytest.mark.parametrize("is_paused", [True, False])
def test_what_the_engine_writes_while_the_form_is_saved_stays(admin_client, simple, monkeypatch, is_paused):
    """A pause, or its end, between reading the workflow and saving it; the history tells neither twice."""
    if not is_paused:
        pause(workflow_id=simple.pk, because=Outcomes(30, 20, 0), now=NOW)

    def meanwhile(form):
        if is_paused:
            pause(workflow_id=simple.pk, because=Outcomes(30, 20, 0), now=NOW)
        else:
            resume(workflow_id=simple.pk, now=NOW, by=None)
        return form.cleaned_data["control_percent"] or 0

    monkeypatch.setattr(WorkflowForm, "clean_control_percent", meanwhile)
    assert admin_client.post(page(simple), form_of(simple, name="Renamed")).status_code == 302
    saved = Workflow.objects.get()
    assert saved.name == "Renamed"
    assert (saved.paused_at, saved.resumed_at) == ((NOW, None) if is_paused else (None, NOW))
    assert bool(saved.paused_because) is is_paused
    newest, before = saved.history.all()[:2]
    assert (newest.paused_at, newest.resumed_at) == (before.paused_at, before.resumed_at)


class Hidden(HTMLParser):
    """The hidden fields of a page."""

    def __init__(self, page):
        super().__init__()
        self.found = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "input" and attrs.get("type") == "hidden":
            self.found[attrs.get("name")] = attrs.get("value")


@pytest.mark.parametrize("was_on", [True, False])
def test_a_switch_left_alone_does_not_undo_what_a_colleague_switched(admin_client, simple, was_on):
    Workflow.objects.update(is_enabled=was_on)
    shown = Hidden(admin_client.get(page(simple)).content.decode()).found["initial-is_enabled"]
    Workflow.objects.update(is_enabled=not was_on)
    stale = form_of(simple, name="Renamed") | {"initial-is_enabled": shown}
    if not was_on:
        del stale["is_enabled"]
    said = admin_client.post(page(simple), stale, follow=True).content.decode()
    saved = Workflow.objects.get()
    assert (saved.name, saved.is_enabled) == ("Renamed", not was_on)
    assert ("stays off" if was_on else "stays on") in said


@pytest.mark.parametrize("was_on", [True, False])
def test_a_switch_that_is_pressed_switches(admin_client, simple, was_on):
    Workflow.objects.update(is_enabled=was_on)
    pressed = form_of(simple) | {"initial-is_enabled": str(was_on)}
    if was_on:
        del pressed["is_enabled"]
    said = admin_client.post(page(simple), pressed, follow=True).content.decode()
    assert Workflow.objects.get().is_enabled is not was_on
    assert "meanwhile" not in said


def test_what_is_asked_of_a_stale_form_goes_by_what_a_colleague_switched(admin_client, simple):
    EnrollmentFactory(workflow=simple, step=simple.steps.get(), position=1)
    Workflow.objects.update(is_enabled=False)
    stale = form_of(simple) | {"initial-is_enabled": "True"}
    assert admin_client.post(page(simple), stale).status_code == 302
    assert not Workflow.objects.get().is_enabled
