"""The panel above the form: what is typed is asked of the facts, and nothing is written."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from automations.models import Decision, Enrollment, Step, Workflow, WorkflowRun
from tests.automations.admin.test_workflows import data_for, new_data, sends
from tests.factories import (
    ClubFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
)
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

NEW = reverse("admin:automations_workflow_preview_new")


@pytest.fixture
def workflow():
    template = MessageTemplateFactory(slug="hello")
    workflow = StepFactory(workflow__club=template.club, action_params={"template": "hello"}).workflow
    for days, name in ((6, "Aisha"), (7, "John"), (10, "Mei"), (34, "Zoë"), (35, "Luis")):
        MemberFactory(club=workflow.club, first_name=name, days_away=days)
    return workflow


def preview_of(workflow):
    return reverse("admin:automations_workflow_preview", args=[workflow.pk])


def steps_of(workflow):
    return [sends(id=step.pk, position=step.position) for step in workflow.steps.all()]


def words(response):
    return " ".join(response.content.decode().split())


def test_it_answers_for_what_is_typed_not_for_what_is_stored(admin_client, workflow):
    stored = admin_client.get(preview_of(workflow))
    assert stored.context["preview"].due.count == 3
    typed = data_for(workflow, steps_of(workflow), **{"trigger_params-missed_class-min_days": "10"})
    response = admin_client.post(preview_of(workflow), typed)
    assert "away for 10 days or more" in words(response)
    assert [person.first_name for person in response.context["preview"].due.people] == ["Zoë", "Mei"]


def test_it_writes_nothing(admin_client, workflow):
    typed = data_for(workflow, [*steps_of(workflow), sends()], name="Other", is_enabled="")
    assert admin_client.post(preview_of(workflow), typed).status_code == 200
    workflow.refresh_from_db()
    assert (workflow.name, workflow.is_enabled) == ("Missed class", True)
    assert Step.objects.count() == 1
    assert workflow.history.count() == 1
    for model in (Decision, Enrollment, WorkflowRun):
        assert not model.objects.exists()


def test_it_says_who_would_not_and_why(admin_client, workflow):
    MemberFactory(club=workflow.club, first_name="Kenji", days_away=10, frozen=True)
    shown = words(admin_client.get(preview_of(workflow)))
    for said in ("Membership frozen", "Kenji", "Attended recently", "6 days away: 1 day short"):
        assert said in shown
    assert "7 days away: just long enough" in shown


def test_a_new_one_is_asked_before_it_is_saved(admin_client, workflow):
    response = admin_client.post(NEW, new_data(workflow.club, [sends()]))
    assert response.context["preview"].due.count == 3
    assert "send the message “hello”" in words(response)
    assert Workflow.objects.count() == 1


def test_the_channel_is_that_of_the_steps_as_typed(admin_client, workflow):
    MemberFactory(club=workflow.club, days_away=9, phone="")
    MessageTemplateFactory(club=workflow.club, slug="mail", as_email=True)
    assert admin_client.get(preview_of(workflow)).context["preview"].due.count == 3
    by_mail = sends(id=workflow.steps.get().pk, **{"action_params-send_message-template": "mail"})
    response = admin_client.post(preview_of(workflow), data_for(workflow, [by_mail]))
    assert response.context["preview"].due.count == 4


def test_what_is_wrong_is_named_by_its_field(admin_client, workflow):
    wrong = data_for(workflow, [sends(delay="soon")], **{"trigger_params-missed_class-min_days": "40"})
    response = admin_client.post(preview_of(workflow), wrong)
    assert {name for name, _said in response.context["errors"]} == {
        "trigger_params-missed_class-max_days",
        "steps-0-delay",
    }


def test_it_says_what_saving_would_do_to_those_under_way(admin_client, workflow):
    EnrollmentFactory(workflow=workflow, step=workflow.steps.get(), position=1)
    off = data_for(workflow, steps_of(workflow), is_enabled="")
    assert "1 member stops where they stand" in words(admin_client.post(preview_of(workflow), off))
    assert "1 member is under way" in words(admin_client.get(preview_of(workflow)))


def test_a_broken_one_says_so(admin_client, workflow):
    Workflow.objects.update(trigger="gone")
    shown = words(admin_client.get(preview_of(workflow)))
    assert "This workflow cannot be read" in shown


def test_who_may_only_look_sees_what_is_stored_and_cannot_post(client, workflow):
    client.force_login(staff_of(workflow.club, permissions=["automations.view_workflow"]))
    response = client.get(preview_of(workflow))
    assert response.context["preview"].due.count == 3
    assert "Zoë" not in words(response)
    assert client.post(preview_of(workflow), data_for(workflow)).status_code == 403
    assert client.post(NEW, new_data(workflow.club)).status_code == 403


def test_who_may_see_neither_workflows_nor_the_club_is_refused(client, workflow):
    client.force_login(staff_of(workflow.club, permissions=["members.view_member"]))
    assert client.get(preview_of(workflow)).status_code == 403
    client.force_login(staff_of(ClubFactory()))
    assert client.get(preview_of(workflow)).status_code == 404
    assert client.post(preview_of(workflow), data_for(workflow)).status_code == 404


def test_it_costs_the_same_for_few_members_and_for_many(admin_client, workflow):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin_client.post(preview_of(workflow), data_for(workflow, steps_of(workflow)))
        return len(captured)

    queries()
    few = queries()
    for days in range(40):
        MemberFactory(club=workflow.club, days_away=days)
    assert queries() == few
    assert few <= 36


def test_it_warns_of_another_that_is_on_and_asks_about_the_same(admin_client, workflow):
    other = WorkflowFactory(club=workflow.club, slug="other", name="Other")
    StepFactory(workflow=other)
    assert "“Other” is on, too" in words(admin_client.get(preview_of(workflow)))
    apart = {
        "trigger_params-missed_class-min_days": "35",
        "trigger_params-missed_class-max_days": "50",
    }
    typed = data_for(workflow, steps_of(workflow), **apart)
    assert "is on, too" not in words(admin_client.post(preview_of(workflow), typed))


def test_it_says_what_is_wrong_in_the_forms_own_words(admin_client, workflow):
    wrong = {"trigger_params-missed_class-min_days": "40", "cooldown_days": "-1"}
    shown = words(admin_client.post(preview_of(workflow), data_for(workflow, steps_of(workflow), **wrong)))
    assert "and fewer than (days): Must be more than the days in the line above." in shown
    assert "Again after (days): Ensure this value is greater than or equal to 0." in shown
    assert "As soon as everything" not in shown
    missing = data_for(workflow, steps_of(workflow), name="")
    assert "As soon as everything" in words(admin_client.post(preview_of(workflow), missing))


def test_it_says_that_a_step_is_missing_before_it_is_switched_on(admin_client, workflow):
    workflow.steps.all().delete()
    shown = words(admin_client.post(preview_of(workflow), data_for(workflow)))
    assert "Without a step nobody is followed up." in shown
