"""Tests of SMS through End User Messaging: the call against boto3's own model and over HTTP, and what its errors mean."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.stub import Stubber

from messaging.channels import forget_transports, transport_for
from messaging.channels.end_user_messaging import EndUserMessagingTransport
from messaging.channels.envelopes import Again, Refused, Sent, Unknown
from messaging.models import Suppression
from tests.aws.counting_server import CountingServer
from tests.messaging.channels.envelopes import SMS

Outcome = type[Sent] | type[Again] | type[Refused] | type[Unknown]
CALL = {
    "DestinationPhoneNumber": SMS.address,
    "MessageBody": SMS.text,
    "MessageType": "TRANSACTIONAL",
    "OriginationIdentity": "IRONGYM",
    "TimeToLive": 43_200,
    "Context": {"rollcall_message": str(SMS.message_id)},
}


@pytest.fixture
def chosen(settings: Any) -> Any:
    settings.TRANSPORT, settings.SMS_SERVICE = "aws", "end_user_messaging"
    forget_transports()
    return settings


@pytest.fixture
def aws(chosen: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    transport = transport_for("sms")
    assert isinstance(transport, EndUserMessagingTransport)
    with Stubber(transport._open()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def test_a_text_is_sent_with_its_context_and_its_time_to_live(aws: Stubber) -> None:
    aws.add_response("send_text_message", {"MessageId": "abc"}, CALL)
    assert transport_for("sms").send(SMS) == Sent("abc")


def test_what_the_settings_name_goes_along_and_a_club_without_a_sender_uses_the_accounts(
    aws: Stubber, settings: Any
) -> None:
    settings.SMS_TYPE = "Promotional"
    settings.SMS_ORIGINATION = "pool-0123"
    settings.SMS_CONFIGURATION_SET = "rollcall"
    settings.SMS_PROTECT_CONFIGURATION = "protect-0123"
    settings.SMS_TTL_SECONDS = 0
    expected = {name: value for name, value in CALL.items() if name != "TimeToLive"} | {
        "MessageType": "PROMOTIONAL",
        "OriginationIdentity": "pool-0123",
        "ConfigurationSetName": "rollcall",
        "ProtectConfigurationId": "protect-0123",
    }
    aws.add_response("send_text_message", {"MessageId": "abc"}, expected)
    assert transport_for("sms").send(dataclasses.replace(SMS, sms_sender="")) == Sent("abc")


@pytest.mark.parametrize(
    ("status", "code", "reason", "expected", "after", "suppress"),
    [
        (400, "ThrottlingException", "", Again, None, None),
        (400, "ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", Again, 1, None),
        (400, "ServiceQuotaExceededException", "DAILY_DESTINATION_CALL_LIMIT", Again, 1, None),
        (
            400,
            "ConflictException",
            "DESTINATION_PHONE_NUMBER_OPTED_OUT",
            Refused,
            None,
            Suppression.Cause.OPTED_OUT,
        ),
        (
            400,
            "ConflictException",
            "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
            Refused,
            None,
            None,
        ),
        (400, "ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", Refused, None, None),
        (400, "ValidationException", "INVALID_PARAMETER", Refused, None, None),
        (400, "ResourceNotFoundException", "", Refused, None, None),
        (403, "AccessDeniedException", "ACCOUNT_DISABLED", Refused, None, None),
        (500, "InternalServerException", "", Unknown, None, None),
    ],
)
def test_each_error_means_what_it_proves(
    aws: Stubber,
    status: int,
    code: str,
    reason: str,
    expected: Outcome,
    after: int | None,
    suppress: Suppression.Cause | None,
) -> None:
    aws.add_client_error(
        "send_text_message",
        code,
        "Some words",
        http_status_code=status,
        modeled_fields={"Message": "Some words"} | ({"Reason": reason} if reason else {}),
    )
    outcome = transport_for("sms").send(SMS)
    assert isinstance(outcome, expected)
    assert outcome.detail == f"{code}: Some words {reason}".strip()  # type: ignore[union-attr]
    assert getattr(outcome, "after", None) == (dt.timedelta(hours=after) if after else None)
    assert getattr(outcome, "suppress", None) == suppress


@pytest.fixture
def counting(counting_aws: CountingServer, settings: Any) -> CountingServer:
    settings.SMS_SERVICE = "end_user_messaging"
    forget_transports()
    return counting_aws


def test_over_http_it_arrives_once(counting: CountingServer) -> None:
    outcome = transport_for("sms").send(SMS)
    [taken] = counting.accepted
    assert outcome == Sent(taken["provider_id"])
    assert taken["request"] == CALL


@pytest.mark.parametrize(
    ("fault", "expected", "taken"),
    [
        ("throttle", Again, 0),
        ("accept_then_500", Unknown, 1),
        ("accept_then_drop", Unknown, 1),
        ("drop_before", Unknown, 0),
        ("hang", Unknown, 1),
        ("denied", Refused, 0),
    ],
)
def test_each_fault_is_tried_once(
    counting: CountingServer, settings: Any, fault: str, expected: Outcome, taken: int
) -> None:
    settings.AWS_CLIENT_CONFIG = {**settings.AWS_CLIENT_CONFIG, "read_timeout": 0.5}
    counting.fail(**{fault: 1.0})
    outcome = transport_for("sms").send(SMS)
    assert isinstance(outcome, expected)
    assert SMS.text not in outcome.detail  # type: ignore[union-attr]
    assert len(counting.requests) == 1
    assert len(counting.accepted) == taken


def test_sixteen_threads_lose_and_double_nothing(counting: CountingServer) -> None:
    texts = [dataclasses.replace(SMS, message_id=n) for n in range(160)]
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(transport_for("sms").send, texts))
    assert sorted(int(taken["ref"]) for taken in counting.accepted) == list(range(160))
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
