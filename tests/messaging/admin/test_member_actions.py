"""Message now and opting out or in, from the member's page."""

import datetime as dt
from html import unescape

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from messaging.models import ConsentRecord, Message, MessageTemplate
from tests.factories import (
    NOW,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    WorkflowFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def template():
    return MessageTemplateFactory(name="Hello", text_body="Hi {{ first_name }}!")


@pytest.fixture
def member(template):
    return MemberFactory(club=template.club)


def address(member, name="message"):
    return reverse("admin:members_member_action", args=[member.pk, name])


def shown(client, member, template):
    return client.get(address(member), {"template": template.pk}).content.decode()


def send(client, member, template):
    token = client.get(address(member)).context["form"]["token"].value()
    return client.post(address(member), {"token": token, "template": template.pk}, follow=True)


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_nothing_can_be_sent_before_a_message_is_chosen(admin_client, member):
    answer = admin_client.get(address(member)).content.decode()
    assert "Choose a message" in answer
    assert "Send it" not in answer


def test_the_words_are_seen_before_they_are_sent(admin_client, member, template):
    answer = shown(admin_client, member, template)
    assert "Hi John!" in answer
    assert member.phone in answer
    assert "Send it" in answer
    assert not Message.objects.exists()


def test_without_a_script_each_message_is_a_link_to_its_words(admin_client, member, template):
    assert f'href="?template={template.pk}"' in admin_client.get(address(member)).content.decode()


def test_an_email_shows_its_subject(admin_client, member):
    template = MessageTemplateFactory(club=member.club, as_email=True)
    answer = shown(admin_client, member, template)
    assert "We missed you, John" in answer
    assert member.email in answer


def test_it_goes_into_the_outbox_by_hand_and_knows_by_whose(admin_client, admin_user, member, template):
    assert said(send(admin_client, member, template)) == ["The message to John is on its way."]
    message = Message.objects.get()
    assert (message.origin, message.asked_by, message.status) == ("by hand", admin_user, "queued")


def test_the_same_answer_twice_is_one_message(admin_client, member, template):
    token = admin_client.get(address(member)).context["form"]["token"].value()
    for words in ("is on its way.", "is on its way already."):
        response = admin_client.post(address(member), {"token": token, "template": template.pk}, follow=True)
        assert said(response)[-1].endswith(words)
    assert Message.objects.count() == 1


def test_what_stops_it_is_said_before_and_holds_afterwards(admin_client, member, template):
    ConsentRecordFactory(member=member)
    answer = shown(admin_client, member, template)
    assert "It cannot be sent." in answer
    assert "Opted out of texts with offers and news." in answer
    assert "Send it" not in answer
    assert "Opted out of texts with offers and news." in send(admin_client, member, template).content.decode()
    assert not Message.objects.exists()


def test_quiet_hours_are_said_before_and_afterwards(admin_client, member, template, time_machine):
    time_machine.move_to(NOW.replace(hour=22), tick=False)
    assert "Quiet hours: it leaves on Tue 2 September 2025, 08:00." in shown(admin_client, member, template)
    assert said(send(admin_client, member, template)) == [
        "The message to John leaves on Tue 2 September 2025, 08:00."
    ]


def test_the_kill_switch_is_said(admin_client, member, template):
    member.club.sending_paused = True
    member.club.save()
    assert "Sending is paused for this club" in shown(admin_client, member, template)


def test_words_that_cannot_be_filled_are_said(admin_client, member):
    template = MessageTemplateFactory(club=member.club, text_body="Dear {{ trainer_name }}")
    answer = shown(admin_client, member, template)
    assert "The template needs “The trainer&#x27;s name”" in answer
    assert "Choose another template." in answer
    assert "default(" not in answer
    assert "Send it" not in answer


def test_a_template_of_another_club_is_neither_offered_shown_nor_sent(admin_client, member):
    other = MessageTemplateFactory(name="Secret", text_body="Hidden words")
    assert "Secret" not in admin_client.get(address(member)).content.decode()
    assert "Hidden words" not in shown(admin_client, member, other)
    assert "template" in send(admin_client, member, other).context["form"].errors
    assert not Message.objects.exists()


def test_a_broken_token_is_refused(admin_client, member, template):
    response = admin_client.post(address(member), {"token": "x", "template": template.pk})
    assert response.status_code == 200
    assert not Message.objects.exists()


def test_a_club_without_templates_says_where_to_write_one(admin_client):
    member = MemberFactory()
    answer = admin_client.get(address(member)).content.decode()
    assert "no message templates yet" in answer
    assert reverse("admin:messaging_messagetemplate_changelist") in answer
    assert not MessageTemplate.objects.exists()


# --- What to know before sending -----------------------------------------------------------------
def heeds(client, member, template):
    """The sentences above the words, without their markup."""
    lines = client.get(address(member), {"template": template.pk}).context["heed"]
    return [unescape(strip_tags(str(line))) for line in lines]


def test_a_member_of_whom_nothing_is_to_be_known_is_not_warned_of(admin_client, template):
    member = MemberFactory(club=template.club, days_away=10, phone="+41791234567")
    assert heeds(admin_client, member, template) == []


def test_what_was_sent_and_what_waits_is_said_with_who_asked(admin_client, admin_user, member, template):
    MessageFactory(
        member=member,
        template=template,
        status="sent",
        sent_at=NOW - dt.timedelta(minutes=5),
        origin="by hand",
        asked_by=admin_user,
    )
    WorkflowFactory(club=member.club, name="Missed class")
    MessageFactory(member=member, template=template, due_at=NOW + dt.timedelta(hours=22))
    MessageFactory(member=member, template=template, status="unknown", origin="by hand")
    assert heeds(admin_client, member, template)[-3:] == [
        "“Hello” may have arrived already, we cannot tell; asked for by somebody who left.",
        "“Hello” is waiting and leaves on 2 Sept 2025, 08:00; asked for by Missed class.",
        "“Hello” was sent on 1 Sept 2025, 09:55; asked for by admin.",
    ]


@pytest.mark.parametrize(
    ("days_ago", "status", "is_told"), [(6, "sent", True), (7, "sent", False), (7, "queued", True)]
)
def test_a_week_counts_as_lately_and_what_waits_always_does(
    days_ago, status, is_told, admin_client, member, template
):
    created = NOW - dt.timedelta(days=days_ago)
    MessageFactory(member=member, template=template, status=status, created_at=created, sent_at=created)
    assert any("“Hello”" in line for line in heeds(admin_client, member, template)) is is_told


def test_what_did_not_reach_anybody_is_not_told(admin_client, member, template):
    for status in ("failed", "skipped"):
        MessageFactory(member=member, template=template, status=status)
    assert not any("“Hello”" in line for line in heeds(admin_client, member, template))


@pytest.mark.parametrize(
    ("traits", "said"),
    [
        ({"frozen": True}, "The membership of John is frozen; workflows leave John in peace."),
        ({"canceled": True}, "John has canceled the membership."),
        ({"last_attended_at": NOW}, "John was here today."),
        (
            {"last_attended_at": NOW - dt.timedelta(days=1)},
            "John was here lately, on 31 Aug 2025, 10:00.",
        ),
        (
            {"phone": "+155555501"},
            "No network could connect +155555501; the text will most likely not arrive.",
        ),
    ],
)
def test_what_speaks_against_it_is_said_and_it_may_be_sent_all_the_same(traits, said, admin_client, template):
    member = MemberFactory(club=template.club, **({"phone": "+41791234567"} | traits))
    assert heeds(admin_client, member, template) == [said]
    assert "Send it" in shown(admin_client, member, template)
    send(admin_client, member, template)
    assert Message.objects.count() == 1


def test_a_phone_that_cannot_be_dialed_does_not_matter_to_an_email(admin_client):
    template = MessageTemplateFactory(as_email=True)
    member = MemberFactory(club=template.club, phone="+155555501", days_away=10)
    assert heeds(admin_client, member, template) == []


def test_what_cannot_be_sent_is_said_first(admin_client, member, template):
    ConsentRecordFactory(member=member)
    answer = shown(admin_client, member, template)
    assert answer.index("It cannot be sent.") < answer.index("What it would say:") < answer.index("Hi John!")
    assert "as it would be sent now" not in answer


def test_the_words_of_others_are_escaped(admin_client, member, template):
    template.name = "<script>alert(1)</script>"
    template.save()
    MessageFactory(member=member, template=template)
    assert "<script>alert(1)</script>" not in shown(admin_client, member, template)


# --- Opting out and in -------------------------------------------------------------------------
def test_each_channel_is_written_down_by_itself_with_when_how_and_who(admin_client, admin_user, member):
    page = address(member, "consent")
    admin_client.post(page, {"sms": "no", "email": "", "words": "Too many"})
    record = ConsentRecord.objects.get()
    assert (record.channel, record.is_granted, record.recorded_at) == ("sms", False, NOW)
    assert (record.source, record.words, record.recorded_by) == (
        "at the front desk",
        "Too many",
        admin_user,
    )
    admin_client.post(page, {"sms": "yes", "email": "no"})
    latest = {record.channel: record.is_granted for record in reversed(ConsentRecord.objects.all())}
    assert latest == {"sms": True, "email": False}


def test_what_is_on_record_is_shown_and_not_written_again(admin_client, member):
    ConsentRecordFactory(member=member, channel="sms")
    page = address(member, "consent")
    answer = admin_client.get(page).content.decode()
    assert "On record: opted out." in answer
    assert "Nothing on record." in answer
    assert said(admin_client.post(page, {"sms": "no"}, follow=True)) == ["That was on record already."]
    assert ConsentRecord.objects.count() == 1


def test_choosing_nothing_is_asked_again_and_the_words_are_kept(admin_client, member):
    response = admin_client.post(address(member, "consent"), {"words": "Too many"})
    answer = response.content.decode()
    assert "Choose what has changed" in answer
    assert "Too many" in answer
    assert not ConsentRecord.objects.exists()


def test_a_record_added_in_the_list_of_consents_knows_who_wrote_it(admin_client, admin_user, member):
    data = {"member": member.pk, "channel": "sms", "source": "phone"}
    data |= {"recorded_at_0": "2025-09-01", "recorded_at_1": "09:00"}
    admin_client.post(reverse("admin:messaging_consentrecord_add"), data)
    assert ConsentRecord.objects.get().recorded_by == admin_user


def test_a_word_about_offers_alone_leaves_the_rest(admin_client, member):
    page = address(member, "consent")
    admin_client.post(page, {"category": "marketing", "sms": "no"})
    record = ConsentRecord.objects.get()
    assert (record.channel, record.category, record.is_granted) == ("sms", "marketing", False)
    answer = admin_client.get(page).content.decode()
    assert "offers and news: opted out; about their membership and bookings: nothing on record" in answer
