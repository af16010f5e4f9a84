"""What an exception from a provider means: surely not sent and worth another try, refused for good, or unknown.

The rule: "again" and "refused" need proof that the message was not taken. Everything else is unknown.
"""

import datetime as dt
import re
import smtplib
import socket

from anymail.exceptions import (
    AnymailAPIError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)

from messaging.channels.envelopes import Again, Refused, Unknown
from messaging.models import Suppression

Failure = Again | Refused | Unknown

THROTTLED = {
    "KMSThrottling",
    "LimitExceededException",
    "RequestLimitExceeded",
    "Throttled",
    "ThrottledException",
    "ThrottledRequestException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
# Temporary credentials that ran out are renewed; the message is not at fault.
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
OPTED_OUT = re.compile(r"opted[ _-]?out", re.IGNORECASE)
USED_UP = re.compile(
    r"daily message quota|no quota left|daily[ _]destination|spend(ing)?[ _-]?(limit|quota|threshold)",
    re.IGNORECASE,
)
# The mailbox or its domain does not exist, cannot be written like that, or takes no mail (RFC 3463, RFC 7505). The status stands
# before the words (RFC 2034), where it is no quotation of another server.
NO_SUCH_MAILBOX = re.compile(r"\s*5\.1\.(1|2|3|10)\b(?!\.\d)")
USED_UP_PAUSE = dt.timedelta(hours=1)

# Raised while connecting or looking for credentials: the request had not left.
BEFORE_IT_LEFT = (
    EndpointConnectionError,
    ConnectTimeoutError,
    ProxyConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    TokenRetrievalError,
    SSOError,
    ConnectionRefusedError,
    socket.gaierror,
)
# Raised while building the request, which quote what they choke on: only their names are kept.
COULD_NOT_BE_PUT = (
    ParamValidationError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
    smtplib.SMTPNotSupportedError,
)


def outcome_of(error: BaseException) -> Failure:
    """What this exception from the one attempt proves."""
    if isinstance(error, AnymailAPIError) and error.__cause__ is not None:
        return outcome_of(error.__cause__)
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        # Where a service has one reason among several for a code, it says which beside the words.
        said = " ".join(filter(None, (answer.get("Message", ""), str(error.response.get("Reason", "")))))
        return _answered(status, answer.get("Code", ""), said)
    if isinstance(error, AnymailAPIError) and error.status_code:
        return _answered(error.status_code, str(error.status_code), getattr(error.response, "text", ""))
    if isinstance(error, COULD_NOT_BE_PUT):
        return Refused(type(error).__name__)
    if isinstance(error, BEFORE_IT_LEFT):
        return not_begun(error)
    if isinstance(error, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return not_begun(error)
    if isinstance(error, smtplib.SMTPException):
        return _smtp(error)
    return Unknown(_words(error))


def not_begun(error: BaseException) -> Again:
    """For an exception raised before anything could have been sent."""
    return Again(_words(error))


def _answered(status: int, code: str, message: str) -> Failure:
    words = f"{code}: {message}"[:1000]
    if code in THROTTLED or code in EXPIRED or status == 429:
        return Again(words, after=_pause(words))
    if not 400 <= status < 500:
        return Unknown(words)
    if OPTED_OUT.search(words):
        return Refused(words, suppress=Suppression.Cause.OPTED_OUT)
    if code == "SendingPausedException" or USED_UP.search(words):
        return Again(words, after=USED_UP_PAUSE)
    return Refused(words)


def _smtp(error: smtplib.SMTPException) -> Failure:
    if isinstance(error, smtplib.SMTPServerDisconnected):
        # smtplib's own words for a connection that was closed before this message's turn came.
        return not_begun(error) if "run connect() first" in str(error) else Unknown(_words(error))
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _smtp_answered(*next(iter(error.recipients.values())), is_about_recipient=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return _smtp_answered(error.smtp_code, error.smtp_error)
    return Unknown(_words(error))


def _smtp_answered(code: int, answer: bytes | str, *, is_about_recipient: bool = False) -> Failure:
    said = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    words = f"{code}: {said}"[:1000]
    if 400 <= code < 500:
        return Again(words, after=_pause(words))
    if not 500 <= code < 600:
        return Unknown(words)
    # Without such a status, 550 may as well be said of us: of our address, our words, or the hour.
    is_gone = is_about_recipient and NO_SUCH_MAILBOX.match(said)
    return Refused(words, suppress=Suppression.Cause.BOUNCED if is_gone else None)


def _pause(words: str) -> dt.timedelta | None:
    return USED_UP_PAUSE if USED_UP.search(words) else None


def _words(error: BaseException) -> str:
    """The library's own sentence where it is known to quote nothing private, else only the error's name."""
    if isinstance(error, BotoCoreError | OSError):
        return f"{type(error).__name__}: {error}"[:1000]
    return type(error).__name__
