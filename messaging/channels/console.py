"""Sending without a provider: each message is appended to `settings.MESSAGE_FILE` and printed."""

import contextlib
import os
import re
import sys

from django.conf import settings

from messaging.channels.envelopes import Again, Envelope, Outcome, Sent, Unknown

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
NAMES = {"sms": "SMS", "email": "E-mail", "whatsapp": "WhatsApp", "in_app": "In-app"}


class ConsoleTransport:
    def send(self, envelope: Envelope) -> Outcome:
        record = record_of(envelope)
        data = record.encode(errors="replace")
        try:
            settings.MESSAGE_FILE.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(settings.MESSAGE_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                # One write to a file opened for appending: records of other threads and processes never mix with it.
                written = os.write(file, data)
            finally:
                os.close(file)
        except OSError as error:
            return Again(f"{settings.MESSAGE_FILE}: {error.strerror}")
        if written < len(data):
            return Unknown(f"{settings.MESSAGE_FILE}: only a part of the record could be written")
        # The file has it: a closed or ASCII-only terminal does not unsend it.
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(record)
        return Sent(f"console-{envelope.message_id}")


def record_of(envelope: Envelope) -> str:
    """The message as people read it. Further lines are indented, so that no name or text can pose as a record."""
    lines = [f"To: {_one_line(envelope.first_name)} ({NAMES.get(envelope.channel, envelope.channel)})"]
    if envelope.channel == "email":
        lines.append(f"Subject: {_one_line(envelope.subject)}")
    if envelope.channel == "in_app":
        lines.append(f"Title: {_one_line(envelope.subject)}")
    body = "\n      ".join(envelope.text.splitlines())
    lines.append(f"Body: {body}")
    if envelope.action_url:
        lines.append(f"Link: {_one_line(envelope.action_url)}")
    return CONTROL.sub("", "\n".join(lines)) + "\n\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())
