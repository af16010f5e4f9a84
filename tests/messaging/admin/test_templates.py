"""The template form: wrong words are refused where they stand, and words in use are not deleted."""

import pytest
from django.urls import reverse

from messaging.models import MessageTemplate
from tests.factories import NOW, MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.messaging.admin.template_forms import EDITS, editor_of

pytestmark = pytest.mark.django_db


def page(template, name="change"):
    return reverse(f"admin:messaging_messagetemplate_{name}", args=[template.pk])


def test_an_unknown_placeholder_is_refused_at_its_field_with_advice(admin_client):
    template = MessageTemplateFactory()
    data = {"name": "Hello", "channel": "sms", "category": "marketing", "text_body": "Hi\n{{ fist_name }}"}
    response = admin_client.post(page(template), data)
    [error] = response.context["adminform"].form.errors["text_body"]
    assert "Line 2" in error
    assert "first_name" in error
    assert "{{ fist_name }}" in response.content.decode()


def test_an_edit_is_a_new_version_with_its_placeholders_and_who_made_it(admin_client, admin_user):
    template = MessageTemplateFactory()
    admin_client.post(
        page(template),
        {"name": "Hello", "channel": "sms", "category": "marketing", "text_body": "Hi {{ first_name }}"},
    )
    template.refresh_from_db()
    assert (template.version, template.placeholders) == (2, ["first_name"])
    assert template.history.first().history_user == admin_user


def test_the_placeholders_stand_beside_the_text_with_a_sample(admin_client):
    shown = admin_client.get(page(MessageTemplateFactory())).content.decode()
    assert 'data-inserts="{{ first_name }}"' in shown
    assert "for example: 25 August 2025" in shown


def test_one_that_a_step_sends_is_not_deleted(admin_client):
    step = StepFactory()
    template = MessageTemplate.objects.get()
    said = admin_client.get(page(template, "delete")).content.decode()
    assert "“Missed class” sends it in step 1. Please choose another message there first." in said
    admin_client.post(page(template, "delete"), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [template.pk], "post": "yes"}
    admin_client.post(reverse("admin:messaging_messagetemplate_changelist"), chosen)
    assert MessageTemplate.objects.filter(pk=template.pk).exists()
    step.delete()
    admin_client.post(page(template, "delete"), {"post": "yes"})
    assert not MessageTemplate.objects.exists()


def test_one_of_the_same_name_in_another_club_may_go(admin_client):
    StepFactory()
    namesake = MessageTemplateFactory(slug=MessageTemplate.objects.get().slug)
    admin_client.post(page(namesake, "delete"), {"post": "yes"})
    assert not MessageTemplate.objects.filter(pk=namesake.pk).exists()


def test_its_club_and_short_name_stay_since_steps_rely_on_them(admin_client):
    template = MessageTemplateFactory(slug="hello")
    data = {"name": "Hello", "slug": "other", "channel": "sms", "category": "marketing", "text_body": "Hi"}
    assert admin_client.post(page(template), data).status_code == 302
    template.refresh_from_db()
    assert (template.slug, template.text_body) == ("hello", "Hi")


def test_the_placeholders_are_grouped_for_whoever_may_write_and_left_out_for_others(client):
    template = MessageTemplateFactory()
    client.force_login(editor_of(template))
    shown = client.get(page(template)).content.decode()
    assert [shown.index(f'aria-label="{group}"') for group in ("Member", "Club", "Occasion")]
    client.force_login(editor_of(template, ("messaging.view_messagetemplate",)))
    assert "data-inserts" not in client.get(page(template)).content.decode()


def test_where_it_is_used_is_shown_and_delete_is_not_offered(client):
    step = StepFactory()
    template = MessageTemplate.objects.get()
    may = (*EDITS, "messaging.delete_messagetemplate")
    client.force_login(editor_of(template, (*may, "automations.view_workflow")))
    shown = client.get(page(template)).content.decode()
    assert f'/workflow/{step.workflow_id}/change/">Missed class, step 1</a>' in shown
    assert page(template, "delete") not in shown
    client.force_login(editor_of(template, may))
    shown = client.get(page(template)).content.decode()
    assert "Missed class, step 1" in shown
    assert f"/workflow/{step.workflow_id}/change/" not in shown
    step.delete()
    shown = client.get(page(template)).content.decode()
    assert "No workflow sends it yet." in shown
    assert page(template, "delete") in shown


def test_the_list_says_parts_where_it_is_used_and_when_it_changed(client, time_machine):
    time_machine.move_to(NOW, tick=False)
    StepFactory()
    template = MessageTemplate.objects.get()
    MessageTemplateFactory(club=template.club, as_email=True, name="By mail")
    MessageTemplateFactory(club=template.club, text_body="{{ no_such }}", name="Broken")
    client.force_login(editor_of(template))
    response = client.get(reverse("admin:messaging_messagetemplate_changelist"))
    shown = " ".join(response.content.decode().split())
    assert "Missed class, step 1" in shown
    assert "1 Sept 2025, 10:00" in shown
    own = response.context["cl"].model_admin
    assert {row.name: own.parts(row) for row in response.context["cl"].result_list} == {
        template.name: 2,
        "By mail": "",
        "Broken": "?",
    }


def test_one_that_came_ready_made_has_not_changed_yet(client):
    template = MessageTemplateFactory()
    MessageTemplate.history.all().delete()
    client.force_login(editor_of(template))
    assert "not yet" in client.get(reverse("admin:messaging_messagetemplate_changelist")).content.decode()


def test_a_test_is_offered_to_whoever_may_change_it(client):
    template = MessageTemplateFactory()
    client.force_login(editor_of(template))
    assert "Send a test" in client.get(page(template)).content.decode()
    client.force_login(editor_of(template, ("messaging.view_messagetemplate",)))
    shown = client.get(page(template)).content.decode()
    assert "Send a test" not in shown
    assert "Find a member" not in shown


def test_the_form_costs_a_fixed_number_of_queries(client, django_assert_num_queries):
    template = MessageTemplateFactory()
    client.force_login(editor_of(template))
    client.get(page(template))
    for _number in range(2):
        StepFactory(
            workflow=WorkflowFactory(club=template.club, slug=f"w{_number}"),
            action_params={"template": template.slug},
        )
        with django_assert_num_queries(12):
            client.get(page(template))
