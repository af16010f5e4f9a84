"""A text that came in: taken in once, as what it means, for the member whom it is from."""

import datetime as dt
from typing import Any

import pytest

from members.models import Club, Member, Pause, StaffTask
from members.signals import facts_changed
from messaging.gates import blocked
from messaging.models import (
    ConsentRecord,
    InboundMessage,
    Message,
    MessageEvent,
    MessageTemplate,
    Suppression,
)
from messaging.operations.delivery import deliver
from messaging.operations.replies import hear, mark_done
from tests.factories import (
    NOW,
    ClubFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    SuppressionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

PHONE, NUMBER = "+41791234567", "+41766000000"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def club() -> Club:
    return ClubFactory(sms_number=NUMBER, locale="en_GB")


@pytest.fixture
def member(club: Club) -> Member:
    return MemberFactory(club=club, phone=PHONE, trainer=UserFactory(username="ana"))


def text(body: str, **changes: Any) -> InboundMessage:
    told: dict[str, Any] = {
        "channel": "sms",
        "from_phone": PHONE,
        "to": NUMBER,
        "body": body,
        "provider_id": f"in-{InboundMessage.objects.count()}",
        "previous_provider_id": "",
        "received_at": NOW,
        "now": NOW + MINUTE,
    }
    return hear(**told | changes)


def may_be_texted(member: Member) -> bool:
    return not blocked("sms", "service", {member.pk})


# --- Once, and whose ----------------------------------------------------------------------------
def test_an_answer_is_kept_with_its_member_and_waits_for_a_person(member: Member) -> None:
    sent = MessageFactory(member=member, status="sent", sent_at=NOW - MINUTE, address=PHONE)
    heard = text("See you tomorrow!")
    assert (heard.member, heard.club, heard.taken_as) == (member, member.club, "reply")
    assert (heard.in_reply_to, heard.handled_at) == (sent, None)
    event = sent.events.get()
    assert (event.kind, event.happened_at) == (MessageEvent.Kind.REPLIED, NOW)


@pytest.mark.parametrize(("body", "is_answer"), [("AWAY", True), ("HELP", True), ("STOP", False)])
def test_any_word_but_an_opt_out_is_told_of_the_message_as_an_answer(
    member: Member, body: str, is_answer: bool
) -> None:
    sent = MessageFactory(member=member, status="sent", sent_at=NOW - MINUTE, address=PHONE)
    assert text(body).in_reply_to == sent
    assert sent.events.filter(kind=MessageEvent.Kind.REPLIED).exists() == is_answer


def test_the_same_text_told_twice_is_one(member: Member) -> None:
    MessageFactory(member=member, status="sent", sent_at=NOW - MINUTE)
    first, second = text("STOP", provider_id="x"), text("STOP", provider_id="x")
    assert first == second
    text("Hello", provider_id="y")
    text("Hello", provider_id="y")
    assert (ConsentRecord.objects.count(), Suppression.objects.count(), MessageEvent.objects.count()) == (
        1,
        1,
        1,
    )


def test_of_a_family_it_is_of_whom_was_most_recently_written_to(member: Member) -> None:
    son = MemberFactory(club=member.club, phone=PHONE)
    MessageFactory(member=member, status="sent", sent_at=NOW - 5 * MINUTE, created_at=NOW - 9 * MINUTE)
    MessageFactory(member=son, status="sent", sent_at=NOW - 6 * MINUTE, created_at=NOW - 6 * MINUTE)
    MessageFactory(member=son, status="skipped", created_at=NOW - MINUTE)
    MessageFactory(member=son, channel="email", status="sent", sent_at=NOW, created_at=NOW)
    assert text("Thanks").member == member


def test_the_message_that_it_answers_says_whose_it_is(member: Member) -> None:
    son = MemberFactory(club=member.club, phone=PHONE)
    MessageFactory(member=member, status="sent", sent_at=NOW - MINUTE, address=PHONE)
    asked = MessageFactory(
        member=son, status="sent", sent_at=NOW - 9 * MINUTE, provider_id="out-1", address=PHONE
    )
    heard = text("Thanks", previous_provider_id="out-1")
    assert (heard.member, heard.in_reply_to) == (son, asked)


def test_an_id_of_a_message_to_another_phone_says_nothing(member: Member) -> None:
    other = MemberFactory(phone="+41790000000")
    MessageFactory(member=other, status="sent", provider_id="out-1", address=other.phone)
    assert text("Thanks", previous_provider_id="out-1").member == member


def test_a_message_of_long_ago_names_the_member_and_is_not_what_is_answered(member: Member) -> None:
    MessageFactory(member=member, status="sent", sent_at=NOW - dt.timedelta(days=31), created_at=NOW - dt.timedelta(days=31))  # fmt: skip
    heard = text("Hello?")
    assert (heard.member, heard.in_reply_to) == (member, None)


def test_the_club_is_the_one_whose_number_it_is(member: Member) -> None:
    elsewhere = MemberFactory(club=ClubFactory(sms_number="+41766000001"), phone=PHONE)
    MessageFactory(member=elsewhere, status="sent", sent_at=NOW - MINUTE)
    assert text("Hello").member == member
    assert text("STOP").club == member.club
    assert not may_be_texted(member)
    assert may_be_texted(elsewhere)


def test_nobodys_text_is_kept_too(club: Club) -> None:
    heard = text("Who are you?", from_phone="+41790000009")
    assert (heard.member, heard.club) == (None, club)
    assert text("STOP", from_phone="+41790000009").taken_as == "stop"
    assert Suppression.objects.get().address == "+41790000009"


# --- STOP and START -----------------------------------------------------------------------------
def test_stop_opts_everybody_at_that_phone_out_with_the_exact_words(member: Member) -> None:
    son = MemberFactory(club=member.club, phone=PHONE)
    heard = text("Stop.")
    assert heard.handled_at == NOW + MINUTE
    for one in (member, son):
        record = one.consent_records.get()
        assert (record.channel, record.category, record.is_granted) == ("sms", "", False)
        assert (record.words, record.source, record.recorded_at) == ("Stop.", "text message", NOW)
    listed = Suppression.objects.get()
    assert (listed.club, listed.address, listed.cause) == (member.club, PHONE, "opted_out")
    assert not may_be_texted(member)
    assert not may_be_texted(son)


def test_start_opts_in_again_and_lifts_what_stop_did_alone(member: Member) -> None:
    son = MemberFactory(club=member.club, phone=PHONE)
    daughter = MemberFactory(club=member.club, phone=PHONE)
    text("STOP")
    at_the_desk = ConsentRecordFactory(member=daughter, channel="sms", recorded_at=NOW + MINUTE)
    SuppressionFactory(club=member.club, channel="email", address="a@mail.example")
    text("Start", received_at=NOW + 2 * MINUTE, now=NOW + 3 * MINUTE)
    assert may_be_texted(member)
    assert may_be_texted(son)
    assert not may_be_texted(daughter)
    assert daughter.consent_records.first() == at_the_desk
    assert Suppression.objects.get().channel == "email"


@pytest.mark.parametrize("cause", ["bounced", "complained", "by_hand"])
def test_start_lifts_no_suppression_of_another_cause(member: Member, cause: str) -> None:
    SuppressionFactory(club=member.club, address=PHONE, cause=cause)
    text("START")
    assert Suppression.objects.exists()


@pytest.mark.parametrize("order", [("STOP", "START"), ("START", "STOP")])
@pytest.mark.parametrize("swapped", [False, True])
def test_of_words_out_of_order_the_later_one_counts(
    member: Member, order: tuple[str, str], swapped: bool
) -> None:
    told = [(order[0], NOW), (order[1], NOW + MINUTE)]
    for body, at in reversed(told) if swapped else told:
        text(body, received_at=at, now=NOW + 5 * MINUTE, provider_id=body)
    assert may_be_texted(member) == (order[1] == "START")


def test_a_sentence_with_a_keyword_stops_nothing(member: Member) -> None:
    assert text("please don't stop").taken_as == "reply"
    assert may_be_texted(member)


# --- HELP ---------------------------------------------------------------------------------------
def test_help_is_answered_once_with_the_clubs_words_even_at_night(member: Member, settings: Any) -> None:
    night = NOW.replace(hour=2)
    heard = text("HELP", received_at=night, now=night)
    assert heard.answer
    assert text("help", received_at=night, now=night + MINUTE).answer is None
    assert deliver(clock=lambda: night + MINUTE) == {"sent": 1}
    sent = Message.objects.get()
    assert sent.text_body.startswith(f"{member.club.name}: call us")
    assert "STOP" in sent.text_body
    template = MessageTemplate.objects.get()
    assert (template.category, template.placeholders) == ("service", ["club_name"])


def test_help_says_what_staff_made_of_it(member: Member) -> None:
    text("HELP")
    MessageTemplate.objects.update(text_body="Ask Ana.")
    Message.objects.update(created_at=NOW - dt.timedelta(days=2), status="sent")
    text("HELP")
    assert deliver(clock=lambda: NOW + MINUTE) == {"sent": 1}
    assert Message.objects.first().text_body == "Ask Ana."  # type: ignore[union-attr]


# --- Away ---------------------------------------------------------------------------------------
def test_away_pauses_until_then_and_asks_the_trainer_once(member: Member) -> None:
    member.club.staff.add(member.trainer)
    text("AWAY 2 WEEKS", provider_id="x")
    text("AWAY 2 WEEKS", provider_id="x")
    pause = Pause.objects.get()
    assert (pause.member, pause.why, pause.words) == (member, "away", "AWAY 2 WEEKS")
    assert (pause.starts_at, pause.until) == (NOW, dt.datetime(2025, 9, 15, tzinfo=dt.UTC))
    task = StaffTask.objects.get()
    assert (task.member, task.assignee, task.due_on) == (member, member.trainer, dt.date(2025, 9, 3))
    assert "“AWAY 2 WEEKS”" in task.description
    assert "15 September 2025" in task.description


def test_a_later_word_replaces_the_pause(member: Member) -> None:
    text("INJURED")
    text("INJURED 4 WEEKS", received_at=NOW + MINUTE, now=NOW + 2 * MINUTE)
    assert [pause.ended_at is None for pause in Pause.objects.order_by("pk")] == [False, True]
    assert Pause.objects.get(ended_at=None).until == dt.datetime(2025, 9, 29, tzinfo=dt.UTC)
    assert StaffTask.objects.count() == 2


@pytest.mark.parametrize(
    ("zone", "until"),
    [
        ("Pacific/Auckland", dt.datetime(2025, 9, 14, 12, tzinfo=dt.UTC)),
        ("Pacific/Honolulu", dt.datetime(2025, 9, 15, 10, tzinfo=dt.UTC)),
    ],
)
def test_days_are_those_of_the_members_zone(member: Member, zone: str, until: dt.datetime) -> None:
    Member.objects.update(time_zone=zone)
    text("AWAY 2 WEEKS", received_at=NOW, now=NOW)
    assert Pause.objects.get().until == until


def test_workflows_hear_of_it(member: Member) -> None:
    heard: list[list[int]] = []

    def listen(member_ids: list[int], **_: object) -> None:
        heard.append(member_ids)

    facts_changed.connect(listen)
    try:
        text("Hello")
    finally:
        facts_changed.disconnect(listen)
    assert heard == [[member.pk]]


def test_it_is_done_once(member: Member) -> None:
    heard, person = text("Hello"), UserFactory()
    assert mark_done(inbound_id=heard.pk, by=person, now=NOW)
    assert not mark_done(inbound_id=heard.pk, by=UserFactory(), now=NOW)
    heard.refresh_from_db()
    assert (heard.handled_by, heard.handled_at) == (person, NOW)


def test_a_crowd_at_one_phone_costs_no_more(member: Member, django_assert_max_num_queries: Any) -> None:
    for _ in range(8):
        MemberFactory(club=member.club, phone=PHONE)
    with django_assert_max_num_queries(16):
        text("STOP")
