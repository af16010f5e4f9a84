"""The message log is read only, and says what was sent and what became of it."""

import pytest
from django.urls import reverse

from members.models import Club
from messaging.models import ConsentRecord, Message, MessageEvent, Suppression
from tests.factories import NOW, MemberFactory, MessageFactory
from tests.members.admin.world import one_of_everything, staff_of

pytestmark = pytest.mark.django_db


def page(message):
    return reverse("admin:messaging_message_change", args=[message.pk])


def test_the_page_shows_the_words_as_sent_and_never_runs_them(admin_client):
    message = MessageFactory(
        text_body="<script>alert(1)</script> & hello", channel="email", html_body="<b>hi</b>"
    )
    shown = admin_client.get(page(message)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; hello" in shown
    assert "&lt;b&gt;hi&lt;/b&gt;" in shown


def test_the_page_shows_its_events_and_the_reason_in_words(admin_client):
    message = MessageFactory(status="skipped", reason="came_back")
    MessageEvent.objects.create(message=message, kind="held", happened_at=NOW, detail="quiet_hours")
    shown = admin_client.get(page(message)).content.decode()
    assert "Came back before it left" in shown
    assert "Waits for the end of the quiet hours" in shown


@pytest.mark.parametrize("status", Message.Status.values)
def test_the_list_shows_every_status_by_its_name(admin_client, status):
    message = MessageFactory(status=status)
    shown = admin_client.get(reverse("admin:messaging_message_changelist")).content.decode()
    assert str(message.get_status_display()) in shown


def test_nobody_adds_changes_or_deletes_a_message(admin_client):
    message = MessageFactory()
    assert admin_client.get(reverse("admin:messaging_message_add")).status_code == 403
    assert admin_client.post(page(message), {"status": "sent"}).status_code == 403
    assert admin_client.post(reverse("admin:messaging_message_delete", args=[message.pk])).status_code == 403
    assert Message.objects.get().status == "queued"


def test_a_consent_is_added_but_never_changed_or_deleted(admin_client):
    member = MemberFactory()
    new = {
        "member": member.pk,
        "channel": "sms",
        "recorded_at_0": "2025-09-01",
        "recorded_at_1": "10:00",
        "source": "front desk",
    }
    assert admin_client.post(reverse("admin:messaging_consentrecord_add"), new).status_code == 302
    record = ConsentRecord.objects.get()
    assert (record.is_granted, record.recorded_at) == (False, NOW)
    args = [record.pk]
    assert (
        admin_client.post(reverse("admin:messaging_consentrecord_change", args=args), new).status_code == 403
    )
    assert admin_client.post(reverse("admin:messaging_consentrecord_delete", args=args)).status_code == 403


def test_a_suppressed_address_is_taken_off_only_with_the_permission(client):
    rows = one_of_everything("Mine")
    delete = reverse("admin:messaging_suppression_delete", args=[rows[Suppression].pk])
    client.force_login(staff_of(rows[Club], permissions=["messaging.view_suppression"]))
    assert client.post(delete, {"post": "yes"}).status_code == 403
    client.force_login(staff_of(rows[Club], permissions=["messaging.delete_suppression"]))
    client.post(delete, {"post": "yes"})
    assert not Suppression.objects.exists()
