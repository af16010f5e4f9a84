"""Tests of WhatsApp: the call that AWS would get, checked against boto3's own model of it, and what its errors mean."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from messaging.channels import forget_transports, transport_for
from messaging.channels.envelopes import Again, Envelope, Refused, Sent, Unknown
from messaging.channels.whatsapp import WhatsAppTransport
from messaging.models import Suppression
from tests.messaging.channels.envelopes import SMS

WHATSAPP = dataclasses.replace(
    SMS,
    channel="whatsapp",
    approved="we_missed_you",
    language="en_US",
    blanks=("John", "https://book.example/"),
)
NUMBER = "phone-number-id-0123456789abcdef0123456789abcdef"


@pytest.fixture
def transport(settings: Any, monkeypatch: pytest.MonkeyPatch) -> WhatsAppTransport:
    settings.TRANSPORT = "aws"
    settings.WHATSAPP_PHONE_NUMBER_ID = NUMBER
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    forget_transports()
    found = transport_for("whatsapp")
    assert isinstance(found, WhatsAppTransport)
    return found


@pytest.fixture
def aws(transport: WhatsAppTransport) -> Iterator[Stubber]:
    with Stubber(transport._open()) as stubber:
        yield stubber


def test_the_approved_template_is_sent_with_its_blanks_filled_in(
    transport: WhatsAppTransport, aws: Stubber
) -> None:
    said = {
        "messaging_product": "whatsapp",
        "to": "+41791234567",
        "type": "template",
        "biz_opaque_callback_data": "rollcall_message:42",
        "template": {
            "name": "we_missed_you",
            "language": {"code": "en_US"},
            "components": [
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": "John"},
                        {"type": "text", "text": "https://book.example/"},
                    ],
                }
            ],
        },
    }
    expected = {
        "originationPhoneNumberId": NUMBER,
        "message": json.dumps(said).encode(),
        "metaApiVersion": "v20.0",
    }
    aws.add_response("send_whatsapp_message", {"messageId": "wamid-1"}, expected)
    assert transport.send(WHATSAPP) == Sent("wamid-1")
    aws.assert_no_pending_responses()


def sent_message(transport: WhatsAppTransport, aws: Stubber, envelope: Envelope) -> Any:
    seen: dict[str, Any] = {}
    transport._open().meta.events.register(
        "provide-client-params.socialmessaging.SendWhatsAppMessage", lambda params, **_: seen.update(params)
    )
    aws.add_response(
        "send_whatsapp_message",
        {"messageId": "x"},
        dict.fromkeys(("originationPhoneNumberId", "message", "metaApiVersion"), ANY),
    )
    transport.send(envelope)
    return json.loads(seen["message"])


def test_without_blanks_there_are_no_components(transport: WhatsAppTransport, aws: Stubber) -> None:
    template = sent_message(transport, aws, dataclasses.replace(WHATSAPP, blanks=()))["template"]
    assert template["components"] == []


def test_what_meta_did_not_approve_is_sent_as_a_text(transport: WhatsAppTransport, aws: Stubber) -> None:
    message = sent_message(
        transport, aws, dataclasses.replace(WHATSAPP, approved="", text="Ask at the desk.")
    )
    assert (message["type"], message["text"]) == ("text", {"body": "Ask at the desk."})
    assert "template" not in message


def test_a_name_with_a_line_break_fills_its_blank_on_one_line(
    transport: WhatsAppTransport, aws: Stubber
) -> None:
    message = sent_message(transport, aws, dataclasses.replace(WHATSAPP, blanks=("Anna\r\nmaria 🏋️",)))
    assert message["template"]["components"][0]["parameters"][0]["text"] == "Anna maria 🏋️"


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottledRequestException", 429, Again),
        ("ThrottledRequestException", 400, Again),
        ("InternalServiceException", 500, Unknown),
        ("DependencyException", 502, Unknown),
        ("ValidationException", 400, Refused),
        ("AccessDeniedException", 403, Refused),
        ("ResourceNotFoundException", 404, Refused),
    ],
)
def test_each_error_is_told_in_aws_words(
    code: str, status: int, expected: type, transport: WhatsAppTransport, aws: Stubber
) -> None:
    aws.add_client_error("send_whatsapp_message", code, "so it is", status)
    outcome = transport.send(WHATSAPP)
    assert isinstance(outcome, expected)
    assert outcome.detail == f"{code}: so it is"  # type: ignore[union-attr]


def test_a_club_sends_from_its_own_number(transport: WhatsAppTransport, aws: Stubber, settings: Any) -> None:
    own = "phone-number-id-976c72a700aac43eaf573ae050c0ffee"
    settings.WHATSAPP_PHONE_NUMBER_ID = ""
    said = {"originationPhoneNumberId": own, "message": ANY, "metaApiVersion": ANY}
    aws.add_response("send_whatsapp_message", {"messageId": "1"}, said)
    assert transport.send(dataclasses.replace(WHATSAPP, whatsapp_number=own)) == Sent("1")


def test_without_a_number_to_send_from_it_says_which_setting_is_missing(
    transport: WhatsAppTransport, settings: Any
) -> None:
    settings.WHATSAPP_PHONE_NUMBER_ID = ""
    outcome = transport.send(WHATSAPP)
    assert isinstance(outcome, Refused)
    assert "WHATSAPP_PHONE_NUMBER_ID" in outcome.detail
    assert outcome.suppress is not Suppression.Cause.OPTED_OUT
