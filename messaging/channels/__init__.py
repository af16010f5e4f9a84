"""How messages leave: one transport per channel, chosen by `settings.TRANSPORT` and kept for the whole process."""

import os
import threading
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from messaging.channels.envelopes import Envelope, Outcome


class Transport(Protocol):
    def send(self, envelope: Envelope) -> Outcome:
        """Try exactly once. Any thread may call it; whatever the provider does becomes an outcome, not an exception."""


TRANSPORTS = {
    "console": {
        "sms": "messaging.channels.console.ConsoleTransport",
        "email": "messaging.channels.console.ConsoleTransport",
        "whatsapp": "messaging.channels.console.ConsoleTransport",
        "in_app": "messaging.channels.console.ConsoleTransport",
    },
    "aws": {
        "sms": "messaging.channels.sns.SnsTransport",
        "email": "messaging.channels.email.EmailTransport",
        "whatsapp": "messaging.channels.whatsapp.WhatsAppTransport",
        "in_app": "messaging.channels.in_app.InAppTransport",
    },
}

SMS_SERVICES = {
    "sns": TRANSPORTS["aws"]["sms"],
    "end_user_messaging": "messaging.channels.end_user_messaging.EndUserMessagingTransport",
}
"""What `settings.SMS_SERVICE` may be, under TRANSPORT=aws."""

_kept: dict[str, Transport] = {}
_making = threading.Lock()


def transport_for(channel: str) -> Transport:
    """The transport of this channel: made at its first use, since a client costs up to 150 ms, then kept."""
    with _making:
        if channel not in _kept:
            try:
                transport = TRANSPORTS[settings.TRANSPORT][channel]
            except KeyError:
                raise ImproperlyConfigured(
                    f"No transport for {channel!r} under TRANSPORT={settings.TRANSPORT!r}; "
                    f"TRANSPORT is one of {', '.join(TRANSPORTS)}."
                ) from None
            if settings.TRANSPORT == "aws" and channel == "sms":
                transport = SMS_SERVICES[settings.SMS_SERVICE]
            _kept[channel] = import_string(transport)()
        return _kept[channel]


def forget_transports() -> None:
    """Let the next use make new ones, by the settings of that moment."""
    _kept.clear()


# Two processes reading answers from one inherited connection would take each other's.
os.register_at_fork(after_in_child=forget_transports)
