"""What is answered to HELP, and what waits to leave, is not deleted from under its messages."""

import pytest
from django.urls import reverse

from messaging.admin.template_use import refusals_of_waiting
from messaging.models import Message, MessageTemplate
from messaging.operations.keywords import help_template
from messaging.signals import uses_of
from tests.factories import ClubFactory, MessageFactory, MessageTemplateFactory
from tests.messaging.admin.template_forms import EDITS, editor_of

pytestmark = pytest.mark.django_db

LIST = reverse("admin:messaging_messagetemplate_changelist")


def page(template, name="change"):
    return reverse(f"admin:messaging_messagetemplate_{name}", args=[template.pk])


def try_to_delete(client, template):
    said = client.get(page(template, "delete")).content.decode()
    client.post(page(template, "delete"), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [template.pk], "post": "yes"}
    client.post(LIST, chosen)
    return said


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_the_answer_to_help_is_changed_and_not_deleted(admin_client, channel):
    template = help_template(ClubFactory(), channel)
    [use] = uses_of([template])[template.pk]
    assert (use.place, use.url) == (
        "Answers to HELP",
        reverse("admin:messaging_inboundmessage_changelist"),
    )
    said = try_to_delete(admin_client, template)
    assert "is what whoever writes HELP is answered. Please change its words" in said
    assert MessageTemplate.objects.exists()
    assert "Answers to HELP" in admin_client.get(LIST).content.decode()


def test_another_channels_template_of_that_name_is_not_meant():
    template = MessageTemplateFactory(slug="help-answer", as_email=True)
    assert uses_of([template]) == {template.pk: []}


@pytest.mark.parametrize("status", ["queued", "claimed"])
def test_one_whose_messages_wait_is_not_deleted_until_they_left(admin_client, status):
    message = MessageFactory(status=status)
    template = message.template
    MessageFactory(member=message.member, template=template, status=status)
    MessageFactory(member=message.member, template=template, status="sent")
    assert "2 messages wait to leave in the words of" in try_to_delete(admin_client, template)
    assert MessageTemplate.objects.filter(pk=template.pk).exists()
    Message.objects.update(status="sent")
    try_to_delete(admin_client, template)
    assert not MessageTemplate.objects.filter(pk=template.pk).exists()


def test_many_are_asked_about_at_once(django_assert_num_queries):
    templates = [MessageFactory(status="queued").template for _ in range(5)]
    with django_assert_num_queries(1):
        assert len(refusals_of_waiting(templates)) == 5


def test_where_help_is_answered_is_a_link_for_whoever_may_see_it(client):
    template = help_template(ClubFactory(), "sms")
    client.force_login(editor_of(template, (*EDITS, "messaging.view_inboundmessage")))
    link = f'{reverse("admin:messaging_inboundmessage_changelist")}">Answers to HELP</a>'
    assert link in client.get(page(template)).content.decode()
    client.force_login(editor_of(template))
    shown = client.get(page(template)).content.decode()
    assert "Answers to HELP" in shown
    assert link not in shown
