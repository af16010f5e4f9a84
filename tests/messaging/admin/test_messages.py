"""The message log is read only, and says what was sent and what became of it."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from messaging.models import ConsentRecord, Message, MessageEvent
from messaging.rules.reasons import reason_choices
from tests.factories import (
    NOW,
    ClubFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    StepRunFactory,
    WorkflowFactory,
)

pytestmark = pytest.mark.django_db
LOG = "/admin/messaging/message/"


def page(message):
    return reverse("admin:messaging_message_change", args=[message.pk])


def test_the_page_shows_the_words_as_sent_and_never_runs_them(admin_client):
    message = MessageFactory(
        text_body="<script>alert(1)</script> & hello", channel="email", html_body='<b>hi "you"</b>'
    )
    shown = admin_client.get(page(message)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; hello" in shown
    frame = re.search(r"<iframe[^>]*>", shown)[0]
    assert 'sandbox=""' in frame
    assert "default-src &#x27;none&#x27;" in frame
    assert "&lt;b&gt;hi &quot;you&quot;&lt;/b&gt;" in frame
    assert "<b>hi" not in shown


def test_the_page_tells_its_story_in_sentences_in_order(admin_client):
    message = MessageFactory(status="sent", sent_at=NOW + dt.timedelta(hours=3), provider_id="p-1")
    happened = [("held", "quiet_hours", 0), ("retry", "Throttled", 1), ("unknown", "", 2)]
    for kind, detail, hours in happened:
        MessageEvent.objects.create(
            message=message, kind=kind, happened_at=NOW + dt.timedelta(hours=hours), detail=detail
        )
    shown = admin_client.get(page(message)).content.decode()
    told = [
        "Asked for.",
        "Held back: waits for the end of the quiet hours.",
        "It said: Throttled",
        "no answer came back",
        "Handed over to the provider.",
    ]
    places = [shown.index(words) for words in told]
    assert places == sorted(places)


def test_a_refusal_is_explained_before_the_providers_own_words(admin_client):
    message = MessageFactory(status="failed", attempts=1, error="PhoneNumber is not valid to publish to")
    shown = admin_client.get(page(message)).content.decode()
    assert "AWS does not take this number." in shown
    assert "Its own words: PhoneNumber is not valid to publish to" in shown


def test_what_never_reached_a_provider_is_not_explained_by_one(admin_client):
    message = MessageFactory(status="failed", error="Its template was deleted.")
    shown = admin_client.get(page(message)).content.decode()
    assert "Its own words" not in shown
    assert "It could not be written" in admin_client.get(LOG).content.decode()


def test_the_page_leads_to_the_member_the_words_as_they_were_and_the_step(admin_client):
    run = StepRunFactory()
    message = MessageFactory(member=run.enrollment.member, template_version=1)
    run.message = message
    run.save()
    message.template.text_body = "Other words"
    message.template.save()
    shown = admin_client.get(page(message)).content.decode()
    version = message.template.history.get(version=1)
    for name, *ids in (
        ("members_member_change", message.member_id),
        ("messaging_messagetemplate_simple_history", message.template_id, version.pk),
        ("automations_enrollment_change", run.enrollment_id),
    ):
        assert reverse(f"admin:{name}", args=ids) in shown


def test_the_list_names_the_workflow_and_leads_to_it(admin_client):
    workflow = WorkflowFactory(name="We miss you")
    MessageFactory(member=MemberFactory(club=workflow.club), origin=workflow.slug)
    MessageFactory(member=MemberFactory(club=workflow.club), origin="by-hand")
    shown = admin_client.get(LOG).content.decode()
    assert "We miss you" in shown
    assert reverse("admin:automations_workflow_change", args=[workflow.pk]) in shown
    assert "By hand" in shown


def listed(client, **asked):
    return {message.pk for message in client.get(LOG, asked).context["cl"].result_list}


def test_the_log_is_filtered_by_reason_status_channel_and_workflow(admin_client):
    club = WorkflowFactory(slug="welcome", name="Welcome").club
    member = MemberFactory(club=club)
    skipped = MessageFactory(member=member, status="skipped", reason="came_back").pk
    mail = MessageFactory(member=member, channel="email", status="sent").pk
    welcome = MessageFactory(member=member, origin="welcome", status="failed").pk
    assert listed(admin_client, reason="came_back") == {skipped}
    assert listed(admin_client, channel__exact="email") == {mail}
    assert listed(admin_client, origin="welcome") == {welcome}
    assert listed(admin_client, status__exact="failed") == {welcome}
    assert listed(admin_client, reason="came_back", status__exact="sent") == set()


def test_every_reason_there_is_can_be_chosen_without_asking_the_table():
    codes = dict(reason_choices())
    assert {"came_back", "workflow_off", "by_hand", "frozen", "opted_out", "too_late"} <= set(codes)
    assert codes["opted_out"] == "Opted out"


def test_days_are_chosen_by_the_clubs_calendar_both_included(admin_client):
    club = ClubFactory(time_zone="Pacific/Auckland")  # Twelve hours ahead of UTC in winter.
    member = MemberFactory(club=club)
    early = MessageFactory(member=member, created_at=dt.datetime(2025, 8, 31, 12, tzinfo=dt.UTC)).pk
    late = MessageFactory(member=member, created_at=dt.datetime(2025, 9, 1, 11, 59, tzinfo=dt.UTC)).pk
    MessageFactory(member=member, created_at=dt.datetime(2025, 8, 31, 11, 59, tzinfo=dt.UTC))
    MessageFactory(member=member, created_at=dt.datetime(2025, 9, 1, 12, tzinfo=dt.UTC))
    day = {"created_at_from": "2025-09-01", "created_at_to": "2025-09-01"}
    assert listed(admin_client, **day) == {early, late}
    assert len(listed(admin_client, created_at_from="nonsense")) == 4
    assert listed(admin_client, created_at_from="9999-12-31", created_at_to="9999-12-31") == set()


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


def test_the_list_names_the_template_and_how_the_words_begin(admin_client):
    template = MessageTemplateFactory(name="Hello again")
    long = "Hi Zoë, " + "we miss you " * 9
    MessageFactory(template=template, member__club=template.club, text_body=long, status="sent")
    answer = admin_client.get(reverse("admin:messaging_message_changelist")).content.decode()
    assert "Hello again" in answer
    assert "Hi Zoë, we miss you" in answer
    assert "…" in answer
    assert long not in answer


def test_one_that_waits_shows_how_it_would_read_now(admin_client):
    template = MessageTemplateFactory(text_body="Hi {{ first_name }}!")
    message = MessageFactory(template=template, member__club=template.club)
    where = reverse("admin:messaging_message_change", args=[message.pk])
    answer = admin_client.get(where).content.decode()
    assert "Hi John!" in answer
    assert "As it would read now." in answer
    template.text_body = "Hi {{ trainer_name }}!"
    template.save()
    assert "It could not be written now:" in admin_client.get(where).content.decode()
    message.refresh_from_db()
    assert message.text_body == ""
