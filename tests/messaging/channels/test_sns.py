"""Tests of SMS through SNS: the real boto3 over HTTP, against a server with faults and against moto's."""

import dataclasses
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from messaging.channels import transport_for
from messaging.channels.envelopes import Again, Refused, Sent, Unknown
from messaging.models import Suppression
from tests.aws.counting_server import CountingServer
from tests.aws.fixtures import SendThrough
from tests.messaging.channels.envelopes import SMS

Outcome = type[Sent] | type[Again] | type[Refused] | type[Unknown]


def test_a_text_arrives_once_with_sender_and_type(counting_aws: CountingServer, settings: Any) -> None:
    settings.SMS_TYPE = "Promotional"
    outcome = transport_for("sms").send(SMS)
    [taken] = counting_aws.accepted
    assert outcome == Sent(taken["provider_id"])
    assert (taken["address"], taken["ref"]) == (SMS.address, SMS.text)
    assert taken["attributes"] == {"AWS.SNS.SMS.SMSType": "Promotional", "AWS.SNS.SMS.SenderID": "IRONGYM"}


def test_no_sender_means_no_sender_attribute(counting_aws: CountingServer) -> None:
    transport_for("sms").send(dataclasses.replace(SMS, sms_sender=""))
    assert counting_aws.accepted[0]["attributes"] == {"AWS.SNS.SMS.SMSType": "Transactional"}


@pytest.mark.parametrize(
    ("fault", "expected", "words", "taken"),
    [
        ("throttle", Again, "Throttling: Rate exceeded", 0),
        ("accept_then_500", Unknown, "InternalFailure: We had an internal error", 1),
        ("accept_then_drop", Unknown, "ConnectionClosedError: Connection was closed", 1),
        ("drop_before", Unknown, "ConnectionClosedError: Connection was closed", 0),
        ("hang", Unknown, "ReadTimeoutError: Read timeout on endpoint URL", 1),
        ("opted_out", Refused, "InvalidParameter: Invalid parameter: Phone number is opted out", 0),
        ("invalid_number", Refused, "InvalidParameter: Invalid parameter: PhoneNumber Reason", 0),
        ("denied", Refused, "AuthorizationError: User is not authorized to perform: SNS:Publish", 0),
    ],
)
def test_each_fault_is_tried_once_and_told_in_aws_words(
    counting_aws: CountingServer, settings: Any, fault: str, expected: Outcome, words: str, taken: int
) -> None:
    settings.AWS_CLIENT_CONFIG = {**settings.AWS_CLIENT_CONFIG, "read_timeout": 0.5}
    counting_aws.fail(**{fault: 1.0})
    outcome = transport_for("sms").send(SMS)
    assert isinstance(outcome, expected)
    assert outcome.detail.startswith(words)  # type: ignore[union-attr]
    assert SMS.text not in outcome.detail  # type: ignore[union-attr]
    assert len(counting_aws.requests) == 1
    assert len(counting_aws.accepted) == taken


def test_an_opted_out_number_is_to_be_suppressed(counting_aws: CountingServer) -> None:
    counting_aws.fail(opted_out=1)
    outcome = transport_for("sms").send(SMS)
    assert isinstance(outcome, Refused)
    assert outcome.suppress == Suppression.Cause.OPTED_OUT


def test_a_used_up_day_waits_longer_than_a_throttle(counting_aws: CountingServer) -> None:
    counting_aws.fail(throttle=1)
    assert transport_for("sms").send(SMS) == Again("Throttling: Rate exceeded", after=None)
    counting_aws.fail(daily_quota=1)
    outcome = transport_for("sms").send(SMS)
    assert isinstance(outcome, Again)
    assert outcome.after == dt.timedelta(hours=1)


def test_it_goes_on_after_a_dropped_connection(counting_aws: CountingServer) -> None:
    counting_aws.fail(accept_then_drop=1)
    transport_for("sms").send(SMS)
    counting_aws.fail()
    assert isinstance(transport_for("sms").send(SMS), Sent)


def test_a_server_that_is_not_there_is_tried_again_later(send_through: SendThrough) -> None:
    send_through("http://127.0.0.1:9")
    outcome = transport_for("sms").send(SMS)
    assert isinstance(outcome, Again)
    assert outcome.detail.startswith("EndpointConnectionError: Could not connect")


def test_credentials_that_come_later_are_found_without_a_restart(
    counting_aws: CountingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = transport_for("sms")
    with monkeypatch.context() as without:
        without.delenv("AWS_ACCESS_KEY_ID")
        without.delenv("AWS_SECRET_ACCESS_KEY")
        assert transport.send(SMS) == Again("NoCredentialsError: Unable to locate credentials")
    assert counting_aws.requests == []
    assert isinstance(transport.send(SMS), Sent)


def test_sixteen_threads_lose_and_double_nothing(counting_aws: CountingServer) -> None:
    texts = [dataclasses.replace(SMS, text=f"number {n}") for n in range(160)]
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(transport_for("sms").send, texts))
    assert sorted(taken["ref"] for taken in counting_aws.accepted) == sorted(sms.text for sms in texts)
    assert {outcome.provider_id for outcome in outcomes if isinstance(outcome, Sent)} == {
        taken["provider_id"] for taken in counting_aws.accepted
    }
    assert counting_aws.connections <= 16


def test_motos_sns_takes_it(moto_aws: str) -> None:
    outcome = transport_for("sms").send(SMS)
    [taken] = requests.get(f"{moto_aws}/moto-api/data.json", timeout=5).json()["sns"]["SMS"]
    assert outcome == Sent(taken["message_id"])
    assert (taken["phone_number"], taken["message"]) == (SMS.address, SMS.text)


def test_motos_sns_refuses_what_is_no_number(moto_aws: str) -> None:
    outcome = transport_for("sms").send(dataclasses.replace(SMS, address="0791234567"))
    assert isinstance(outcome, Refused)
    assert outcome.detail.startswith("InvalidParameter: ")
