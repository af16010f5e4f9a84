"""E-mail through Django's mail API: Amazon SES by django-anymail, or any other backend that settings name."""

import threading
import time
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any

from botocore.exceptions import NoCredentialsError
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.core.validators import validate_email

from messaging.channels.envelopes import Envelope, Outcome, Refused, Sent, Unknown
from messaging.channels.errors import not_begun, outcome_of

# SMTP servers hang up on the idle, and a hang-up during a send leaves its outcome unknown.
SMTP_IDLE_SECONDS = 30


class EmailTransport:
    """Keeps one connection open. Threads share it: SES sends side by side over it, SMTP one after the other."""

    def __init__(self) -> None:
        self._opening = threading.Lock()
        self._connection: Any = None
        self._used_at = 0.0

    def send(self, envelope: Envelope) -> Outcome:
        try:
            message = compose(envelope)
        except (ValidationError, ValueError, MessageError):
            return Refused("The sender's or the recipient's address is not an e-mail address.")
        try:
            connection = message.connection = self._open()
        except Exception as error:  # backends raise what they like
            return not_begun(error)
        if getattr(connection, "esp_name", "") == "Amazon SES":
            message.esp_extra = {  # type: ignore[attr-defined]
                "EmailTags": [{"Name": "rollcall_message", "Value": str(envelope.message_id)}]
            }
        try:
            count = connection.send_messages([message])
        except Exception as error:  # whatever it is, the outcome must be recorded
            # All of smtplib's errors are OSErrors; a client of AWS looks for credentials only once, when it is made.
            if isinstance(error, OSError) or isinstance(error.__cause__, NoCredentialsError):
                self._forget(connection)
            return outcome_of(error)
        if not count:
            return Unknown("The e-mail backend took no message and gave no reason.")
        status = getattr(message, "anymail_status", None)
        return Sent(getattr(status, "message_id", None) or "")

    def _open(self) -> Any:
        with self._opening:
            idle = time.monotonic() - self._used_at
            if isinstance(self._connection, SmtpBackend) and idle > SMTP_IDLE_SECONDS:
                self._connection = None
            if self._connection is None:
                connection = get_connection()
                connection.open()
                self._connection = connection
            self._used_at = time.monotonic()
            return self._connection

    def _forget(self, connection: Any) -> None:
        # Not closed: another thread may be waiting its turn on it, and is told by its own error.
        with self._opening:
            if self._connection is connection:
                self._connection = None


def compose(envelope: Envelope) -> EmailMultiAlternatives:
    """The envelope as an e-mail; raises for what is no address."""
    validate_email(envelope.address)
    headers = {}
    if envelope.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{envelope.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMultiAlternatives(
        subject=_one_line(envelope.subject),
        body=envelope.text,
        from_email=_sender(envelope),
        to=[envelope.address],
        headers=headers,
    )
    if envelope.html:
        message.attach_alternative(envelope.html, "text/html")
    return message


def _sender(envelope: Envelope) -> str:
    if not envelope.from_email:
        return str(settings.DEFAULT_FROM_EMAIL)
    validate_email(envelope.from_email)
    return str(Address(display_name=_one_line(envelope.from_name), addr_spec=envelope.from_email))


def _one_line(text: str) -> str:
    return " ".join(text.split())
