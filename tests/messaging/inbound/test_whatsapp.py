"""What members write by WhatsApp, in each of the forms in which Meta hands it on."""

import datetime as dt
import json
from typing import Any

import pytest

from messaging.inbound.taking_in import take_in
from messaging.inbound.whatsapp import heard_from, replies_from
from messaging.models import InboundMessage
from messaging.operations.events import same_address
from tests.factories import NOW, MemberFactory, MessageFactory
from tests.messaging.inbound.payloads import WAMID, notification, payload


def said(message: dict[str, Any]) -> list[str]:
    notice = json.loads(payload("whatsapp_message", address="+41791234567"))
    entry = json.loads(notice["whatsAppWebhookEntry"])
    (written,) = entry["changes"][0]["value"]["messages"]
    del written["type"], written["text"]
    written |= message
    notice["whatsAppWebhookEntry"] = json.dumps(entry)
    return [reply.body for reply in replies_from(notice)]


@pytest.mark.parametrize(
    ("pricing", "cost"),
    [
        ({"billable": False, "type": "free_customer_service"}, 0),
        ({"billable": True, "type": "regular"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_what_meta_does_not_bill_costs_nothing(pricing: Any, cost: int | None) -> None:
    notice = json.loads(payload("whatsapp_delivered", address="+41791234567", tag=1))
    entry = json.loads(notice["whatsAppWebhookEntry"])
    entry["changes"][0]["value"]["statuses"][0]["pricing"] = pricing
    notice["whatsAppWebhookEntry"] = json.dumps(entry)
    assert [heard.told.cost for heard in heard_from(notice)] == [cost]


@pytest.mark.parametrize(
    ("message", "body"),
    [
        ({"type": "text", "text": {"body": "STOP"}}, "STOP"),
        ({"type": "button", "button": {"payload": "yes", "text": "I am back!"}}, "I am back!"),
        (
            {
                "type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": {"title": "Yes"}},
            },
            "Yes",
        ),
        (
            {
                "type": "interactive",
                "interactive": {"type": "list_reply", "list_reply": {"title": "Mondays"}},
            },
            "Mondays",
        ),
        ({"type": "image", "image": {"id": "1", "caption": "My knee"}}, "My knee"),
        ({"type": "image", "image": {"id": "1"}}, "[a picture]"),
        ({"type": "audio", "audio": {"id": "1", "voice": True}}, "[a voice message]"),
    ],
)
def test_each_answer_has_words(message: dict[str, Any], body: str) -> None:
    assert said(message) == [body]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "👍"}},
        {"type": "system", "system": {"body": "changed the number"}},
        {"type": "unsupported"},
        {"type": ["text"]},
        {},
    ],
)
def test_what_is_no_answer_is_left_out(message: dict[str, Any]) -> None:
    assert said(message) == []


@pytest.mark.parametrize(
    ("theirs", "phone"),
    [
        ("41791234567", "+41791234567"),
        ("5215512345678", "+525512345678"),
        ("525512345678", "+525512345678"),
        ("551198765432", "+5511998765432"),
        ("5511998765432", "+5511998765432"),
        # A Brazilian landline has no ninth digit.
        ("551133445566", "+551133445566"),
    ],
)
def test_a_phone_is_known_as_it_is_dialed(theirs: str, phone: str) -> None:
    (reply,) = replies_from(json.loads(payload("whatsapp_message", address=theirs)))
    assert reply.from_phone == phone
    (heard,) = heard_from(json.loads(payload("whatsapp_delivered", address=theirs, provider_id="x", tag=1)))
    assert same_address("whatsapp", phone, heard.address)


@pytest.mark.django_db
def test_an_answer_is_to_the_message_that_it_names_though_another_of_the_family_got_one_later() -> None:
    mother = MemberFactory(phone="+41791234567")
    sent = {"channel": "whatsapp", "status": "sent", "address": mother.phone}
    asked = MessageFactory(member=mother, provider_id="by-aws", sent_at=NOW, **sent)
    take_in([notification("whatsapp_sent", asked)], now=NOW)
    asked.refresh_from_db()
    assert asked.provider_id == WAMID
    MessageFactory(
        member=MemberFactory(club=mother.club, phone=mother.phone),
        sent_at=NOW + dt.timedelta(minutes=1),
        **sent,
    )
    body = notification("whatsapp_button", address=mother.phone).replace("Stop promotions", "See you!")
    take_in([body], now=NOW + dt.timedelta(hours=1))
    heard = InboundMessage.objects.get()
    assert (heard.member, heard.in_reply_to, heard.taken_as) == (mother, asked, "reply")


@pytest.mark.django_db
@pytest.mark.parametrize("order", [["whatsapp_sent", "whatsapp_delivered"], ["whatsapp_delivered"]])
@pytest.mark.parametrize("tag", ["", "1234567890123"])
def test_a_status_is_known_by_either_number_without_our_own(order: list[str], tag: str) -> None:
    message = MessageFactory(channel="whatsapp", status="sent", address="+41791234567", provider_id="by-aws")
    for name in order:
        body = notification(name, message, provider_id="by-aws", tag=tag or "-")
        assert take_in([body], now=NOW) == {"events": 1}
    message.refresh_from_db()
    assert (message.fate, message.provider_id, message.events.count()) == ("delivered", WAMID, len(order))
