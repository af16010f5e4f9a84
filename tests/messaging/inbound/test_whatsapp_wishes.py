"""Who stops offers and news inside WhatsApp, in each of the ways in which Meta tells it, and who wants them again."""

import datetime as dt
import json

import pytest

from members.models import Member
from messaging.gates import blocked
from messaging.inbound.notifications import Unreadable
from messaging.inbound.taking_in import take_in, try_again
from messaging.inbound.whatsapp import replies_from
from messaging.models import ConsentRecord, InboundMessage, Message, Notice
from tests.factories import NOW, ConsentRecordFactory, MemberFactory, MessageFactory
from tests.messaging.inbound.payloads import notification, payload

pytestmark = pytest.mark.django_db

PHONE = "+41791234567"
STOPPED_AT = dt.datetime(2025, 9, 1, 10, 1, 40, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=3)


@pytest.fixture
def member() -> Member:
    return agreed(MemberFactory(phone=PHONE))


def agreed(member: Member) -> Member:
    ConsentRecordFactory(
        member=member, channel="whatsapp", is_granted=True, recorded_at=NOW - dt.timedelta(days=1)
    )
    return member


def told(name: str, message: Message | None = None) -> None:
    take_in([notification(name, message, address=PHONE)], now=LATER)
    assert not Notice.objects.exists()


def may_get(member: Member) -> list[str]:
    return [kind for kind in ("marketing", "service") if not blocked("whatsapp", kind, {member.pk})]


def latest(member: Member) -> ConsentRecord:
    return member.consent_records.order_by("-recorded_at", "-pk")[0]


def failed_by_it(member: Member) -> Message:
    return MessageFactory(member=member, channel="whatsapp", status="sent", address=PHONE, provider_id="aws")


def test_offers_stopped_in_the_settings_are_a_no_to_offers_alone(member: Member) -> None:
    told("whatsapp_preference_stop")
    assert may_get(member) == ["service"]
    no = latest(member)
    assert (no.channel, no.category, no.is_granted, no.recorded_at) == (
        "whatsapp",
        "marketing",
        False,
        STOPPED_AT,
    )
    assert (no.source, no.words) == ("WhatsApp settings", "User requested to stop marketing messages")
    heard = InboundMessage.objects.get()
    assert (heard.member, heard.taken_as, heard.handled_at) == (member, "less", LATER)


def test_the_button_under_a_message_is_a_no_in_its_own_words(member: Member) -> None:
    told("whatsapp_button")
    assert may_get(member) == ["service"]
    no = latest(member)
    assert (no.source, no.words, no.recorded_at) == ("WhatsApp message", "Stop promotions", STOPPED_AT)


def test_a_message_that_failed_because_of_it_is_a_no_as_well(member: Member) -> None:
    message = failed_by_it(member)
    told("whatsapp_failed_stopped", message)
    message.refresh_from_db()
    assert (message.fate, message.fate_reason) == ("refused", "whatsapp_131050")
    assert may_get(member) == ["service"]
    no = latest(member)
    assert (no.source, no.recorded_at) == (
        "WhatsApp settings",
        dt.datetime(2025, 9, 1, 10, 0, 2, tzinfo=dt.UTC),
    )
    assert no.words.startswith("Unable to deliver the message. This recipient has chosen to stop receiving")


def test_a_message_that_failed_otherwise_says_nothing_of_it(member: Member) -> None:
    told("whatsapp_failed", failed_by_it(member))
    assert may_get(member) == ["marketing", "service"]


def test_the_refusal_of_a_message_of_others_is_heeded_and_then_forgotten(member: Member) -> None:
    take_in([notification("whatsapp_failed_stopped", address=PHONE, tag="-")], now=LATER)
    assert may_get(member) == ["service"]
    assert Notice.objects.exists()
    try_again(now=LATER + dt.timedelta(hours=2))
    assert not Notice.objects.exists()


@pytest.mark.parametrize("name", ["whatsapp_preference_stop", "whatsapp_button", "whatsapp_failed_stopped"])
def test_told_twice_it_is_one_no(member: Member, name: str) -> None:
    message = failed_by_it(member)
    told(name, message)
    told(name, message)
    assert (InboundMessage.objects.count(), member.consent_records.count()) == (1, 2)


@pytest.mark.parametrize("stop", ["whatsapp_preference_stop", "whatsapp_button"])
@pytest.mark.parametrize("swapped", [False, True])
def test_whoever_resumes_them_later_gets_them_again_in_whatever_order_it_is_told(
    member: Member, stop: str, swapped: bool
) -> None:
    order = [stop, "whatsapp_preference_resume"]
    for name in reversed(order) if swapped else order:
        told(name)
    assert may_get(member) == ["marketing", "service"]
    assert (latest(member).category, latest(member).words) == (
        "marketing",
        "User requested to resume marketing messages",
    )


def test_it_stops_them_for_a_whole_family_and_resumes_for_whom_it_had_stopped(member: Member) -> None:
    son, daughter = (agreed(MemberFactory(club=member.club, phone=PHONE)) for _ in range(2))
    told("whatsapp_preference_stop")
    assert [may_get(one) for one in (member, son, daughter)] == [["service"]] * 3
    at_the_desk = {"channel": "whatsapp", "category": "marketing", "is_granted": False}
    ConsentRecordFactory(member=daughter, recorded_at=STOPPED_AT + dt.timedelta(minutes=1), **at_the_desk)
    told("whatsapp_preference_resume")
    assert [may_get(one) for one in (member, son, daughter)] == [
        ["marketing", "service"],
        ["marketing", "service"],
        ["service"],
    ]


def test_to_resume_offers_is_no_yes_to_the_rest(member: Member) -> None:
    ConsentRecordFactory(member=member, channel="whatsapp", recorded_at=NOW)
    told("whatsapp_preference_resume")
    assert may_get(member) == ["marketing"]


def test_a_button_in_another_language_is_known_by_what_it_stands_for() -> None:
    notice = payload("whatsapp_button", address=PHONE).replace(
        '\\"text\\": \\"Stop promotions\\"', '\\"text\\": \\"Keine Werbung mehr\\"'
    )
    (reply,) = replies_from(json.loads(notice))
    assert (reply.body, reply.taken_as, reply.is_setting) == ("Keine Werbung mehr", "less", False)


@pytest.mark.parametrize(
    ("known", "other"), [('\\"stop\\"', '\\"some\\"'), ("marketing_messages", "calls"), ("wa_id", "user_id")]
)
def test_a_wish_that_nobody_can_read_is_kept_for_a_person(member: Member, known: str, other: str) -> None:
    notice = payload("whatsapp_preference_stop", address=PHONE)
    assert known in notice
    with pytest.raises(Unreadable):
        list(replies_from(json.loads(notice.replace(known, other))))
