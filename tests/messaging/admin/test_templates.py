"""The template form: wrong words are refused where they stand, and words in use are not deleted."""

import pytest
from django.urls import reverse

from messaging.models import MessageTemplate
from tests.factories import MessageTemplateFactory, StepFactory

pytestmark = pytest.mark.django_db


def page(template, name="change"):
    return reverse(f"admin:messaging_messagetemplate_{name}", args=[template.pk])


def test_an_unknown_placeholder_is_refused_at_its_field_with_advice(admin_client):
    template = MessageTemplateFactory()
    data = {"name": "Hello", "channel": "sms", "text_body": "Hi\n{{ fist_name }}"}
    response = admin_client.post(page(template), data)
    [error] = response.context["adminform"].form.errors["text_body"]
    assert "Line 2" in error
    assert "first_name" in error
    assert "{{ fist_name }}" in response.content.decode()


def test_an_edit_is_a_new_version_with_its_placeholders_and_who_made_it(admin_client, admin_user):
    template = MessageTemplateFactory()
    admin_client.post(page(template), {"name": "Hello", "channel": "sms", "text_body": "Hi {{ first_name }}"})
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
    data = {"name": "Hello", "slug": "other", "channel": "sms", "text_body": "Hi"}
    assert admin_client.post(page(template), data).status_code == 302
    template.refresh_from_db()
    assert (template.slug, template.text_body) == ("hello", "Hi")
