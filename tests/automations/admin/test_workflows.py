"""The workflow's pages: typed parameters, steps in order, and what switching it on or off will do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse, reverse_lazy

from automations.models import Enrollment, Step, Workflow
from tests.factories import (
    ClubFactory,
    EnrollmentFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
    WorkflowRunFactory,
)
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow():
    workflow = WorkflowFactory()
    MessageTemplateFactory(club=workflow.club, slug="hello", name="Hello")
    return workflow


def page(workflow):
    return reverse("admin:automations_workflow_change", args=[workflow.pk])


def data_for(workflow, steps=(), **changes):
    """What the form sends: the trigger's parameters and the steps, stored ones first."""
    stored = sum(1 for step in steps if step.get("id"))
    data = {
        "name": workflow.name,
        "is_enabled": "on",
        "trigger": "missed_class",
        "trigger_params-missed_class-min_days": "7",
        "trigger_params-missed_class-max_days": "35",
        "cooldown_days": "7",
        "patience_hours": "72",
        "steps-TOTAL_FORMS": len(steps),
        "steps-INITIAL_FORMS": stored,
        **changes,
    }
    for number, step in enumerate(steps):
        row = {"delay": 0, "delay_unit": "days", "workflow": workflow.pk, "position": "", **step}
        data |= {f"steps-{number}-{name}": value for name, value in row.items()}
    return data


def sends(**values):
    return {"action": "send_message", "action_params-send_message-template": "hello", **values}


def calls(words="Call her", **values):
    prefix = "action_params-open_staff_task"
    return {
        "action": "open_staff_task",
        f"{prefix}-description": words,
        f"{prefix}-priority": "high",
        f"{prefix}-due_in_days": "2",
        f"{prefix}-assignee": "trainer",
        **values,
    }


def test_it_keeps_the_parameters_of_the_chosen_kind_only(admin_client, workflow):
    step = calls(**{"action_params-send_message-template": "hello"})
    response = admin_client.post(page(workflow), data_for(workflow, [step]))
    assert response.status_code == 302
    workflow.refresh_from_db()
    assert workflow.trigger_params == {"min_days": 7, "max_days": 35, "hand_over": False}
    assert Step.objects.get().action_params == {
        "description": "Call her",
        "priority": "high",
        "due_in_days": 2,
        "assignee": "trainer",
    }


def test_a_wrong_parameter_is_refused_beside_its_field_and_keeps_what_was_typed(admin_client, workflow):
    wrong = {"trigger_params-missed_class-min_days": "40"}
    response = admin_client.post(page(workflow), data_for(workflow, **wrong))
    shown = response.content.decode()
    assert "Must be more than the days in the line above." in shown
    assert 'name="trigger_params-missed_class-min_days" value="40"' in shown
    workflow.refresh_from_db()
    assert workflow.trigger_params["min_days"] == 7


def test_a_steps_wrong_parameter_is_refused_too(admin_client, workflow):
    response = admin_client.post(page(workflow), data_for(workflow, [calls(words="")]))
    assert "This field is required." in response.content.decode()
    assert not Step.objects.exists()


def test_the_forms_of_other_kinds_are_left_out_of_what_is_sent(admin_client, workflow):
    StepFactory(workflow=workflow, action_params={"template": "hello"})
    shown = " ".join(admin_client.get(page(workflow)).content.decode().split())
    assert '<fieldset data-kind="send_message">' in shown
    assert '<fieldset data-kind="open_staff_task" disabled hidden>' in shown


def test_a_step_offers_the_templates_of_its_club_only(admin_client, workflow):
    MessageTemplateFactory(slug="elsewhere")
    response = admin_client.post(page(workflow), data_for(workflow, [sends()]))
    assert response.status_code == 302
    foreign = sends(**{"action_params-send_message-template": "elsewhere"})
    assert "is not one of the available choices" in admin_client.post(
        page(workflow), data_for(workflow, [foreign])
    ).content.decode().replace("&#x27;", "'")


def test_a_form_sent_back_unchanged_changes_nothing(admin_client, workflow):
    step = StepFactory(workflow=workflow, action_params={"template": "hello"})
    same = data_for(
        workflow, [sends(id=step.pk, position=1)], **{"trigger_params-missed_class-hand_over": "on"}
    )
    before = (workflow.history.count(), step.history.count())
    assert admin_client.post(page(workflow), same).status_code == 302
    assert step.history.count() == before[1]
    workflow.refresh_from_db()
    assert workflow.trigger_params == {"min_days": 7, "max_days": 35, "hand_over": True}


def test_the_steps_are_numbered_in_their_order_and_one_without_a_number_comes_last(admin_client, workflow):
    first = StepFactory(workflow=workflow, position=1, action_params={"template": "hello"})
    second = StepFactory(workflow=workflow, position=2, action_params={"template": "hello"})
    rows = [sends(id=first.pk, position=5), sends(id=second.pk, position=2), calls()]
    admin_client.post(page(workflow), data_for(workflow, rows))
    steps = list(workflow.steps.all())
    assert [step.position for step in steps] == [1, 2, 3]
    assert [step.pk for step in steps][:2] == [second.pk, first.pk]
    assert steps[2].action == "open_staff_task"


def test_who_waits_for_a_deleted_step_goes_on_to_the_next_one_left(admin_client, workflow):
    a, b, c = (
        StepFactory(workflow=workflow, position=n, action_params={"template": "hello"}) for n in (1, 2, 3)
    )
    waiting = EnrollmentFactory(workflow=workflow, step=b, position=2)
    rows = [
        sends(id=a.pk, position=1, DELETE="on"),
        sends(id=b.pk, position=2, DELETE="on"),
        sends(id=c.pk, position=3),
    ]
    admin_client.post(page(workflow), data_for(workflow, rows, _sure="yes"))
    waiting.refresh_from_db()
    assert list(workflow.steps.values_list("pk", "position")) == [(c.pk, 1)]
    assert (waiting.step, waiting.position) == (None, 1)


def stands_before(workflow, step):
    return EnrollmentFactory(workflow=workflow, step=step, position=step.position)


@pytest.mark.parametrize(
    ("is_enabled", "said"),
    [
        (True, "1 member stops where they stand, and goes on if it is switched on again."),
        (False, "1 member goes on from where they stand."),
    ],
)
def test_it_asks_before_switching_while_somebody_is_under_way(admin_client, workflow, is_enabled, said):
    step = StepFactory(workflow=workflow, action_params={"template": "hello"})
    Workflow.objects.update(is_enabled=is_enabled)
    stands_before(workflow, step)
    switched = data_for(workflow, [sends(id=step.pk, position=1)], name="Kept")
    switched["is_enabled"] = "" if is_enabled else "on"
    shown = " ".join(admin_client.post(page(workflow), switched).content.decode().split())
    assert said in shown
    assert "1 stands before step 1 (send the message “Hello”)" in shown
    assert 'value="Kept"' in shown
    assert "Please correct the error" not in shown
    workflow.refresh_from_db()
    assert (workflow.is_enabled, workflow.name) == (is_enabled, "Missed class")
    assert admin_client.post(page(workflow), switched | {"_sure": "yes"}).status_code == 302
    workflow.refresh_from_db()
    assert (workflow.is_enabled, workflow.name) == (not is_enabled, "Kept")


def test_it_asks_nothing_while_nobody_is_under_way(admin_client, workflow):
    EnrollmentFactory(workflow=workflow, status=Enrollment.Status.DONE)
    assert admin_client.post(page(workflow), data_for(workflow, is_enabled="")).status_code == 302


def test_it_asks_before_deleting_a_step_and_says_where_those_before_it_go_on(admin_client, workflow):
    a, b = (StepFactory(workflow=workflow, position=n, action_params={"template": "hello"}) for n in (1, 2))
    stands_before(workflow, a)
    rows = [sends(id=a.pk, position=1, DELETE="on"), sends(id=b.pk, position=2)]
    said = "1 member who stands before it goes on to “send the message “Hello””."
    assert said in admin_client.post(page(workflow), data_for(workflow, rows)).content.decode()
    assert workflow.steps.count() == 2


def test_what_is_wrong_comes_before_what_is_asked(admin_client, workflow):
    stands_before(workflow, StepFactory(workflow=workflow, action_params={"template": "hello"}))
    wrong = {"trigger_params-missed_class-min_days": "40", "is_enabled": ""}
    shown = admin_client.post(page(workflow), data_for(workflow, **wrong)).content.decode()
    assert "Must be more than the days in the line above." in shown
    assert "Yes, save it" not in shown


ADD = reverse_lazy("admin:automations_workflow_add")


def new_data(club, steps=(), **changes):
    return data_for(Workflow(club=club, name="Come back"), steps) | {
        "club": club.pk,
        "slug": "come-back",
        **{f"steps-{number}-workflow": "" for number in range(len(steps))},
        **changes,
    }


def test_a_new_one_is_made_on_one_page_with_its_steps(admin_client):
    club = ClubFactory()
    MessageTemplateFactory(club=club, slug="hello")
    data = new_data(club, [calls(position=2), sends(position=1)], is_enabled="")
    response = admin_client.post(ADD, data)
    workflow = Workflow.objects.get()
    assert response.url == page(workflow)
    assert not workflow.is_enabled
    assert workflow.trigger_params == {"min_days": 7, "max_days": 35, "hand_over": False}
    assert [step.action for step in workflow.steps.all()] == ["send_message", "open_staff_task"]


def test_a_new_one_is_off_unless_switched_on(admin_client):
    ClubFactory()
    assert not admin_client.get(ADD).context["adminform"].form["is_enabled"].value()


def test_a_new_one_offers_the_templates_of_the_club_that_was_chosen(admin_client):
    first, second = ClubFactory(name="A"), ClubFactory(name="B")
    MessageTemplateFactory(club=first, slug="of-a")
    MessageTemplateFactory(club=second, slug="of-b")
    assert "of-a" in admin_client.get(ADD).content.decode()
    chosen = admin_client.get(ADD, {"club": second.pk})
    assert "of-b" in chosen.content.decode()
    assert "of-a" not in chosen.content.decode()
    foreign = sends(**{"action_params-send_message-template": "of-a"})
    assert "is not one of the available choices" in admin_client.post(
        ADD, new_data(second, [foreign])
    ).content.decode().replace("&#x27;", "'")


def test_a_club_of_others_cannot_be_chosen(client):
    mine, theirs = ClubFactory(name="Mine"), ClubFactory(name="Theirs")
    MessageTemplateFactory(club=theirs, slug="secret")
    client.force_login(staff_of(mine))
    assert "secret" not in client.get(ADD, {"club": theirs.pk}).content.decode()


def test_one_that_has_run_is_switched_off_instead_of_deleted(admin_client, workflow):
    delete = reverse("admin:automations_workflow_delete", args=[workflow.pk])
    assert delete in admin_client.get(page(workflow)).content.decode()
    WorkflowRunFactory(workflow=workflow)
    shown = admin_client.get(page(workflow)).content.decode()
    assert delete not in shown
    assert "Switch it off instead." in shown
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    assert Workflow.objects.exists()


def test_who_may_not_delete_is_not_told_about_it(client, workflow):
    WorkflowRunFactory(workflow=workflow)
    client.force_login(staff_of(workflow.club, permissions=["automations.view_workflow"]))
    assert "Switch it off instead." not in client.get(page(workflow)).content.decode()


def test_the_list_says_each_in_one_sentence(admin_client, workflow):
    StepFactory(workflow=workflow, action_params={"template": "hello"})
    shown = admin_client.get(reverse("admin:automations_workflow_changelist")).content.decode()
    assert "When a member has stayed away for 7 days or more, but fewer than 35" in shown


def test_the_page_costs_the_same_for_one_step_and_for_ten(admin_client, workflow):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(page(workflow))
        return len(captured)

    StepFactory(workflow=workflow, action_params={"template": "hello"})
    queries()
    one = queries()
    for position in range(2, 11):
        StepFactory(workflow=workflow, position=position, action_params={"template": "hello"})
    assert queries() == one
