"""What a member writes by WhatsApp: taken in as a text is, for WhatsApp alone."""

import datetime as dt
from typing import Any

import pytest

from members.models import Club, Member, Pause
from messaging.gates import blocked
from messaging.models import InboundMessage, Message, MessageEvent, MessageTemplate, Suppression
from messaging.operations.delivery import deliver
from messaging.operations.replies import hear
from tests.factories import NOW, ClubFactory, ConsentRecordFactory, MemberFactory, MessageFactory

pytestmark = pytest.mark.django_db

PHONE = "+41791234567"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def club() -> Club:
    return ClubFactory(sms_number="+41766000000", locale="en_GB")


@pytest.fixture
def member(club: Club) -> Member:
    return MemberFactory(club=club, phone=PHONE)


def agree(member: Member) -> None:
    ConsentRecordFactory(
        member=member, channel="whatsapp", is_granted=True, recorded_at=NOW - dt.timedelta(days=1)
    )


def wrote(body: str, **changes: Any) -> InboundMessage:
    told: dict[str, Any] = {
        "channel": "whatsapp",
        "from_phone": PHONE,
        "to": "+41791110000",
        "body": body,
        "provider_id": f"wamid.{InboundMessage.objects.count()}",
        "previous_provider_id": "",
        "received_at": NOW,
        "now": NOW + MINUTE,
    }
    return hear(**told | changes)


def may_be_reached(member: Member, channel: str) -> bool:
    return not blocked(channel, "service", {member.pk})


def test_it_answers_the_whatsapp_message_and_not_a_later_text(member: Member) -> None:
    asked = MessageFactory(member=member, channel="whatsapp", status="sent", sent_at=NOW - 9 * MINUTE)
    MessageFactory(member=member, channel="sms", status="sent", sent_at=NOW - MINUTE)
    heard = wrote("See you tomorrow!")
    assert (heard.channel, heard.member, heard.club, heard.taken_as) == (
        "whatsapp",
        member,
        member.club,
        "reply",
    )
    assert (heard.in_reply_to, heard.handled_at) == (asked, None)
    assert asked.events.get().kind == MessageEvent.Kind.REPLIED


def test_the_writer_is_known_although_the_number_is_no_clubs_own(member: Member) -> None:
    ClubFactory(sms_number="")
    assert wrote("Hello").member == member


def test_stop_is_about_whatsapp_alone(member: Member) -> None:
    agree(member)
    wrote("Stop!")
    assert not may_be_reached(member, "whatsapp")
    assert may_be_reached(member, "sms")
    record = member.consent_records.first()
    assert record
    assert (record.channel, record.is_granted, record.words, record.source) == (
        "whatsapp",
        False,
        "Stop!",
        "WhatsApp message",
    )
    # No carrier stops it, so that a yes at the desk is enough again.
    assert not Suppression.objects.exists()


def test_start_is_a_yes_for_whom_wrote_it_and_for_whom_that_stop_had_stopped(member: Member) -> None:
    son, daughter = (MemberFactory(club=member.club, phone=PHONE) for _ in range(2))
    agree(son)
    wrote("STOP")
    ConsentRecordFactory(member=daughter, channel="whatsapp", recorded_at=NOW + MINUTE)
    wrote("START", received_at=NOW + 2 * MINUTE, now=NOW + 3 * MINUTE)
    assert [may_be_reached(one, "whatsapp") for one in (member, son, daughter)] == [True, True, False]
    assert not member.consent_records.filter(channel="sms").exists()


def test_a_stop_by_text_says_nothing_about_whatsapp(member: Member) -> None:
    agree(member)
    wrote("STOP", channel="sms", to=member.club.sms_number)
    assert may_be_reached(member, "whatsapp")
    assert not may_be_reached(member, "sms")


def test_offers_stopped_by_text_leave_the_number_to_the_rest(member: Member) -> None:
    wrote("Stop promotions", channel="sms", to=member.club.sms_number)
    assert may_be_reached(member, "sms")
    assert blocked("sms", "marketing", {member.pk})
    assert not Suppression.objects.exists()
    wrote("Resume promotions", channel="sms", to=member.club.sms_number, received_at=NOW + MINUTE)
    assert not blocked("sms", "marketing", {member.pk})


def test_away_pauses_with_where_it_was_written(member: Member) -> None:
    wrote("AWAY 2 WEEKS")
    assert Pause.objects.get().source == "WhatsApp message"


# --- HELP ---------------------------------------------------------------------------------------
def test_help_is_answered_by_whatsapp_in_the_clubs_own_words(member: Member) -> None:
    agree(member)
    heard = wrote("HELP")
    assert wrote("help", provider_id="again").answer is None
    assert deliver(clock=lambda: NOW + MINUTE) == {"sent": 1}
    sent = Message.objects.get()
    assert heard.answer == sent
    assert sent.channel == "whatsapp"
    assert sent.text_body.startswith(f"{member.club.name}: call us")
    template = MessageTemplate.objects.get()
    assert (template.slug, template.whatsapp_template) == ("help-answer-whatsapp", "")
    template.full_clean()


def test_help_of_whom_may_not_be_written_to_waits_for_a_person(member: Member) -> None:
    heard = wrote("HELP")
    heard.refresh_from_db()
    assert (heard.taken_as, heard.handled_at, heard.answer) == ("help", None, None)
    assert not Message.objects.exists()


def test_help_by_text_and_by_whatsapp_are_two_questions(member: Member) -> None:
    agree(member)
    assert wrote("HELP", channel="sms", to=member.club.sms_number).answer
    assert wrote("HELP").answer
