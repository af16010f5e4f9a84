"""Tests of what each exception proves: not sent, refused for good, or unknown."""

import datetime as dt
import smtplib
import socket
import ssl
from typing import Any

import pytest
from anymail.exceptions import AnymailAPIError, AnymailInvalidAddress, AnymailRequestsAPIError
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    HTTPClientError,
    ParamValidationError,
    ReadTimeoutError,
    SSLError,
)
from requests import Response

from messaging.channels.envelopes import Again, Refused, Unknown
from messaging.channels.errors import not_begun, outcome_of
from messaging.models import Suppression

URL = "https://sns.eu-central-1.amazonaws.com/"
HOUR = dt.timedelta(hours=1)


def client_error(code: str, message: str = "words", status: int = 400) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "Publish")


def from_anymail(cause: BaseException) -> AnymailAPIError:
    error = AnymailAPIError("outer")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        # Throttled, whatever the status.
        (client_error("Throttled", status=429), Again("Throttled: words")),
        (client_error("ThrottlingException", "Maximum sending rate exceeded"), Again(
            "ThrottlingException: Maximum sending rate exceeded")),
        (client_error("ThrottledException"), Again("ThrottledException: words")),
        (client_error("TooManyRequestsException", status=429), Again("TooManyRequestsException: words")),
        (client_error("RequestLimitExceeded", status=503), Again("RequestLimitExceeded: words")),
        (client_error("SomethingNew", status=429), Again("SomethingNew: words")),
        # Used up: not worth asking again at once.
        (client_error("Throttling", "Daily message quota exceeded"), Again(
            "Throttling: Daily message quota exceeded", HOUR)),
        (client_error("InvalidParameter", "No quota left for account"), Again(
            "InvalidParameter: No quota left for account", HOUR)),
        (client_error("Denied", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"), Again(
            "Denied: MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", HOUR)),
        (client_error("SendingPausedException"), Again("SendingPausedException: words", HOUR)),
        # Temporary credentials that ran out.
        (client_error("ExpiredToken", status=403), Again("ExpiredToken: words")),
        # Refused for good.
        (client_error("MessageRejected"), Refused("MessageRejected: words")),
        (client_error("AccessDeniedException", status=403), Refused("AccessDeniedException: words")),
        (client_error("NotFoundException", status=404), Refused("NotFoundException: words")),
        (client_error("OptedOut"), Refused("OptedOut: words", Suppression.Cause.OPTED_OUT)),
        (client_error("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT"), Refused(
            "ConflictException: DESTINATION_PHONE_NUMBER_OPTED_OUT", Suppression.Cause.OPTED_OUT)),
        # Broken at their side: perhaps taken.
        (client_error("InternalError", status=500), Unknown("InternalError: words")),
        (client_error("ServiceUnavailable", status=503), Unknown("ServiceUnavailable: words")),
        (client_error("", "", status=0), Unknown(": ")),
    ],
)  # fmt: skip
def test_an_answer_of_aws_is_told_in_its_words(
    error: ClientError, expected: Again | Refused | Unknown
) -> None:
    assert outcome_of(error) == expected
    assert outcome_of(from_anymail(error)) == expected


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(endpoint_url=URL),
        CredentialRetrievalError(provider="role", error_msg="no metadata"),
        SSLError(endpoint_url=URL, error=ssl.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")),
        ConnectionRefusedError(111, "Connection refused"),
        socket.gaierror(-2, "Name or service not known"),
        smtplib.SMTPServerDisconnected("please run connect() first"),
    ],
)
def test_what_failed_before_it_left_may_be_tried_again(error: Exception) -> None:
    outcome = outcome_of(error)
    assert isinstance(outcome, Again)
    assert outcome.after is None
    assert outcome.detail == f"{type(error).__name__}: {error}"


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url=URL),
        SSLError(endpoint_url=URL, error=ssl.SSLError("EOF occurred in violation of protocol")),
        HTTPClientError(error="something"),
        TimeoutError("timed out"),
        ConnectionResetError(104, "Connection reset by peer"),
        smtplib.SMTPServerDisconnected("Connection unexpectedly closed"),
        smtplib.SMTPDataError(-1, b""),
        smtplib.SMTPException("new"),
        AnymailAPIError("cannot parse the answer"),
        KeyError("MessageId"),
        RuntimeError("a bug"),
    ],
)
def test_what_may_have_left_is_unknown(error: Exception) -> None:
    assert isinstance(outcome_of(error), Unknown)


@pytest.mark.parametrize(
    "error",
    [
        ParamValidationError(report="Invalid type for parameter Message, value: SECRET WORDS"),
        AnymailInvalidAddress("SECRET WORDS"),
        smtplib.SMTPNotSupportedError("SECRET WORDS"),
        ValueError("SECRET WORDS"),
    ],
)
def test_an_error_that_may_quote_the_message_is_only_named(error: Exception) -> None:
    assert outcome_of(error).detail == type(error).__name__
    assert "SECRET" not in not_begun(ValueError("SECRET WORDS")).detail


def test_a_request_that_could_not_be_built_is_refused() -> None:
    assert isinstance(outcome_of(ParamValidationError(report="x")), Refused)


@pytest.mark.parametrize(
    ("status", "expected"), [(429, Again), (400, Refused), (401, Refused), (502, Unknown)]
)
def test_other_providers_behind_anymail_are_told_by_their_status(status: int, expected: type) -> None:
    response = Response()
    response.status_code, response._content = status, b"their words"
    outcome = outcome_of(AnymailRequestsAPIError(response=response))
    assert isinstance(outcome, expected)
    assert outcome.detail == f"{status}: their words"


@pytest.mark.parametrize(
    ("code", "answer", "is_gone"),
    [
        (550, b"5.1.1 <luis@mail.example>: Recipient address rejected: User unknown", True),
        (550, b"5.1.1 The email account that you tried to reach does not exist.\n5.1.1 See the help", True),
        (550, b"5.1.2 Bad destination system address", True),
        (501, b"5.1.3 Bad recipient address syntax", True),
        (553, b"5.1.3 Not a valid RFC 5321 address", True),
        (556, b"5.1.10 Recipient address has null MX", True),
        (550, b"5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", True),
        (550, "5.1.1 as text", True),
        (550, b"no such user", False),
        (550, b"mailbox unavailable", False),
        (550, b"", False),
        (550, b"5.1.0 Address rejected", False),
        (550, b"5.1.6 Mailbox has moved", False),
        (550, b"5.1.7 Bad sender's mailbox address syntax", False),
        (550, b"5.1.8 Bad sender's system address", False),
        (550, b"5.1.100 of no RFC", False),
        (550, b"5.1.1.1 is an address of the net", False),
        (550, b"15.1.1 is none", False),
        (552, b"5.2.2 The mailbox is full", False),
        (550, b"5.2.1 The mailbox is disabled for now", False),
        (550, b"5.7.1 Service unavailable; client host blocked (earlier: 550 5.1.1)", False),
        (554, b"5.7.1 Message rejected as spam", False),
        (550, b"5.4.1 Recipient address rejected: Access denied", False),
        (550, b"4.1.1 said with the wrong number", False),
        (530, b"5.7.0 Must issue a STARTTLS command first", False),
    ],
)
def test_only_a_mailbox_that_does_not_exist_is_shut_out_as_by_a_permanent_bounce(
    code: int, answer: bytes | str, is_gone: bool
) -> None:
    refused = smtplib.SMTPRecipientsRefused({"luis@mail.example": (code, answer)})  # type: ignore[dict-item]
    words = answer.decode() if isinstance(answer, bytes) else answer
    cause = Suppression.Cause.BOUNCED if is_gone else None
    assert outcome_of(refused) == Refused(f"{code}: {words}", suppress=cause)


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPSenderRefused(550, b"5.1.1 unknown here", "hello@iron-gym.example"),
        smtplib.SMTPDataError(550, b"5.1.1 one of them is unknown"),
        smtplib.SMTPAuthenticationError(535, b"5.1.1 no such account"),
    ],
)
def test_what_is_not_said_of_the_recipient_shuts_nobody_out(error: Exception) -> None:
    outcome = outcome_of(error)
    assert isinstance(outcome, Refused)
    assert outcome.suppress is None


def test_a_mailbox_that_is_refused_for_now_is_tried_again() -> None:
    refused = smtplib.SMTPRecipientsRefused({"luis@mail.example": (450, b"4.1.1 unknown for now")})
    assert isinstance(outcome_of(refused), Again)
