"""Tests of e-mail: SES through anymail over HTTP, a mail server over a socket, and Django's own backends."""

import dataclasses
import email
import email.policy
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Any

import boto3
import pytest
import requests
from django.core import mail

from messaging.channels import email as email_channel
from messaging.channels import transport_for
from messaging.channels.envelopes import Again, Refused, Sent, Unknown
from messaging.models import Suppression
from tests.aws.counting_server import CountingServer
from tests.aws.fixtures import SendThrough
from tests.aws.smtp_server import SmtpServer
from tests.messaging.channels.envelopes import EMAIL, HOSTILE_NAMES

Outcome = type[Sent] | type[Again] | type[Refused] | type[Unknown]


def parsed(mime: str) -> EmailMessage:
    return email.message_from_string(mime, policy=email.policy.default)


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body([kind])
    assert part is not None
    return str(part.get_content()).strip()


def assert_complete(message: EmailMessage) -> None:
    assert message["Subject"] == EMAIL.subject
    assert message["To"] == EMAIL.address
    assert message["From"].addresses[0].display_name == "Iron Gym"
    assert message["From"].addresses[0].addr_spec == EMAIL.from_email
    assert message["List-Unsubscribe"] == f"<{EMAIL.unsubscribe_url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert text_of(message, "plain") == EMAIL.text
    assert text_of(message, "html") == EMAIL.html


def test_ses_gets_both_bodies_our_headers_and_our_id(counting_aws: CountingServer) -> None:
    outcome = transport_for("email").send(EMAIL)
    [taken] = counting_aws.accepted
    assert outcome == Sent(taken["provider_id"])
    assert (taken["address"], taken["ref"]) == (EMAIL.address, "43")
    assert_complete(parsed(taken["mime"]))


def test_motos_ses_takes_it(moto_aws: str) -> None:
    ses = boto3.client("sesv2", region_name="eu-central-1", endpoint_url=moto_aws)
    ses.create_email_identity(EmailIdentity=EMAIL.from_email)
    assert isinstance(transport_for("email").send(EMAIL), Sent)
    [taken] = requests.get(f"{moto_aws}/moto-api/data.json", timeout=5).json()["ses"]["RawMessage"]
    assert_complete(parsed(taken["raw_data"]))


def test_motos_ses_refuses_a_sender_that_is_not_verified(moto_aws: str) -> None:
    outcome = transport_for("email").send(EMAIL)
    assert isinstance(outcome, Refused)
    assert outcome.detail.startswith("MessageRejected: ")


def test_a_plain_email_without_link_has_neither_html_nor_headers(counting_aws: CountingServer) -> None:
    transport_for("email").send(dataclasses.replace(EMAIL, html="", unsubscribe_url=""))
    message = parsed(counting_aws.accepted[0]["mime"])
    assert message.get_content_type() == "text/plain"
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    ("fault", "expected", "words", "taken"),
    [
        ("throttle", Again, "Throttling: Rate exceeded", 0),
        ("daily_quota", Again, "LimitExceededException: Daily message quota exceeded.", 0),
        ("accept_then_500", Unknown, "InternalFailure: We had an internal error", 1),
        ("accept_then_drop", Unknown, "ConnectionClosedError: Connection was closed", 1),
        ("drop_before", Unknown, "ConnectionClosedError: Connection was closed", 0),
        ("hang", Unknown, "ReadTimeoutError: Read timeout on endpoint URL", 1),
        ("unverified", Refused, "MessageRejected: Email address is not verified.", 0),
    ],
)
def test_each_fault_of_ses_is_tried_once_and_told_in_its_words(
    counting_aws: CountingServer, settings: Any, fault: str, expected: Outcome, words: str, taken: int
) -> None:
    settings.ANYMAIL["AMAZON_SES_CLIENT_PARAMS"]["config"] = {
        **settings.AWS_CLIENT_CONFIG,
        "read_timeout": 0.5,
    }
    counting_aws.fail(**{fault: 1.0})
    outcome = transport_for("email").send(EMAIL)
    assert isinstance(outcome, expected)
    assert outcome.detail.startswith(words)  # type: ignore[union-attr]
    assert EMAIL.text not in outcome.detail  # type: ignore[union-attr]
    assert len(counting_aws.requests) == 1
    assert len(counting_aws.accepted) == taken


def test_ses_that_is_not_there_is_tried_again_later(send_through: SendThrough) -> None:
    send_through("http://127.0.0.1:9")
    outcome = transport_for("email").send(EMAIL)
    assert isinstance(outcome, Again)
    assert outcome.detail.startswith("EndpointConnectionError: Could not connect")


def test_credentials_that_come_later_are_found_without_a_restart(
    counting_aws: CountingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = transport_for("email")
    with monkeypatch.context() as without:
        without.delenv("AWS_ACCESS_KEY_ID")
        without.delenv("AWS_SECRET_ACCESS_KEY")
        assert transport.send(EMAIL) == Again("NoCredentialsError: Unable to locate credentials")
    assert counting_aws.requests == []
    assert isinstance(transport.send(EMAIL), Sent)


def test_sixteen_threads_share_the_open_connection(counting_aws: CountingServer) -> None:
    envelopes = [dataclasses.replace(EMAIL, message_id=n, address=f"m{n}@mail.example") for n in range(96)]
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(transport_for("email").send, envelopes))
    by_id = {taken["provider_id"]: taken for taken in counting_aws.accepted}
    assert len(by_id) == 96
    for envelope, outcome in zip(envelopes, outcomes, strict=True):
        assert isinstance(outcome, Sent)
        taken = by_id[outcome.provider_id]
        assert (taken["ref"], taken["address"]) == (str(envelope.message_id), envelope.address)
        assert parsed(taken["mime"])["To"] == envelope.address


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("backend", ["ses", "smtp"])
def test_no_name_breaks_a_header(backend: str, name: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("counting_aws" if backend == "ses" else "smtp")
    hostile = dataclasses.replace(EMAIL, from_name=name, subject=f"Hi {name}", text=f"Hi {name}")
    assert isinstance(transport_for("email").send(hostile), Sent)
    [taken] = server.accepted
    message = parsed(taken["mime"] if backend == "ses" else taken)
    one_line = " ".join(name.split())
    assert message["Bcc"] is None
    assert message["Subject"] == f"Hi {one_line}"
    [sender] = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (one_line, EMAIL.from_email)


@pytest.mark.parametrize(
    "wrong",
    [{"address": "john"}, {"address": "a@b.example\nBcc: c@d.example"}, {"from_email": "not an address"}],
)
def test_what_is_no_address_is_refused_before_anybody_is_asked(
    counting_aws: CountingServer, wrong: dict[str, str]
) -> None:
    assert isinstance(transport_for("email").send(dataclasses.replace(EMAIL, **wrong)), Refused)
    assert counting_aws.requests == []


def test_without_a_club_address_the_default_sender_is_used(
    counting_aws: CountingServer, settings: Any
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Rollcall <rollcall@iron.example>"
    transport_for("email").send(dataclasses.replace(EMAIL, from_email=""))
    assert parsed(counting_aws.accepted[0]["mime"])["From"] == "Rollcall <rollcall@iron.example>"


def test_any_django_backend_serves(settings: Any, mailoutbox: list[mail.EmailMessage]) -> None:
    settings.TRANSPORT = "aws"
    assert transport_for("email").send(EMAIL) == Sent("")
    [message] = mailoutbox
    assert message.extra_headers["List-Unsubscribe"] == f"<{EMAIL.unsubscribe_url}>"
    assert not hasattr(message, "esp_extra")


def test_a_mail_server_is_greeted_once_for_many(smtp: SmtpServer) -> None:
    for _ in range(5):
        assert transport_for("email").send(EMAIL) == Sent("")
    assert_complete(parsed(smtp.accepted[0]))
    assert len(smtp.accepted) == 5
    assert smtp.connections == 1


def test_threads_over_one_mail_server_lose_and_double_nothing(smtp: SmtpServer) -> None:
    envelopes = [dataclasses.replace(EMAIL, address=f"m{n}@mail.example") for n in range(48)]
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(transport_for("email").send, envelopes))
    assert outcomes == [Sent("")] * 48
    assert {parsed(taken)["To"] for taken in smtp.accepted} == {envelope.address for envelope in envelopes}


@pytest.mark.parametrize(
    ("command", "answer", "expected", "words"),
    [
        ("RCPT", "550 no such user", Refused, "550: no such user"),
        ("RCPT", "451 greylisted", Again, "451: greylisted"),
        ("MAIL", "421 too many", Again, "421: too many"),
        (".", "554 spam", Refused, "554: spam"),
        (".", "454 Throttling failure", Again, "454: Throttling failure"),
        (".", "", Unknown, "SMTPServerDisconnected: Connection unexpectedly closed"),
    ],
)
def test_each_answer_of_a_mail_server_is_told_in_its_words(
    smtp: SmtpServer, command: str, answer: str, expected: Outcome, words: str
) -> None:
    smtp.answers = {command: answer}
    outcome = transport_for("email").send(EMAIL)
    assert isinstance(outcome, expected)
    assert outcome.detail.startswith(words)  # type: ignore[union-attr]
    assert smtp.accepted == []

    smtp.answers = {}
    assert isinstance(transport_for("email").send(EMAIL), Sent)
    assert len(smtp.accepted) == 1


def test_a_mail_server_that_knows_no_such_mailbox_shuts_the_address_out(smtp: SmtpServer) -> None:
    smtp.answers = {"RCPT": "550-5.1.1 The mailbox that you tried to reach\r\n550 5.1.1 does not exist"}
    outcome = transport_for("email").send(EMAIL)
    assert isinstance(outcome, Refused)
    assert outcome.suppress == Suppression.Cause.BOUNCED


def test_a_mail_server_that_is_not_there_is_tried_again_later(smtp: SmtpServer, settings: Any) -> None:
    settings.EMAIL_PORT = 9
    outcome = transport_for("email").send(EMAIL)
    assert isinstance(outcome, Again)
    assert "Connection refused" in outcome.detail


def test_a_mail_server_is_greeted_anew_after_a_pause(
    smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport_for("email").send(EMAIL)
    monkeypatch.setattr(email_channel, "SMTP_IDLE_SECONDS", -1)
    transport_for("email").send(EMAIL)
    assert smtp.connections == 2
