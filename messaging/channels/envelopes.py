"""What a transport is given and what it may answer."""

import datetime as dt
from dataclasses import dataclass, field

from messaging.models import Suppression
from messaging.rules.short_links import ShortLink


@dataclass(frozen=True, slots=True)
class Envelope:
    """One finished message. Its `repr` shows nothing private, so that no log line can."""

    message_id: int
    first_name: str = field(repr=False)
    channel: str
    address: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    from_name: str
    from_email: str
    sms_sender: str
    unsubscribe_url: str = field(repr=False)
    written_in: str = ""
    """The language of its words."""
    sms_number: str = ""
    """The club's own number, to which members can answer."""
    whatsapp_number: str = ""
    """What AWS calls the club's own number for WhatsApp; the installation's if empty."""
    action_url: str = field(default="", repr=False)
    """Where an in-app message leads."""
    approved: str = ""
    """The name of the WhatsApp template at Meta, and the code of its language there."""
    language: str = ""
    blanks: tuple[str, ...] = field(default=(), repr=False)
    """What is filled into its blanks, in their order."""
    links: tuple[ShortLink, ...] = field(default=(), repr=False)
    """The short links in the text, and where each leads."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it and gave it this id."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Again:
    """Certainly not taken; may be tried again, not before `after` if that is known."""

    detail: str
    after: dt.timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly not taken, and never will be; `suppress` says why the address itself must be left alone."""

    detail: str
    suppress: Suppression.Cause | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Perhaps taken, perhaps not; nobody may try again without looking."""

    detail: str


Outcome = Sent | Again | Refused | Unknown
