"""Why a message was held back or not sent, in a few words; the apps above add the reasons that their gates give."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

BY_HAND = "by_hand"
HELD = "held"
HELD_TOO_LONG = "held_too_long"
NO_CONVERSATION = "no_conversation"
STOPPED = "stopped"

_words: dict[str, Any] = {
    "no_address": _("No address"),
    "opted_out": _("Opted out"),
    "suppressed": _("Address suppressed"),
    "shared_address": _("Another member with the same address got it"),
    NO_CONVERSATION: _("No approved template, and the member has not written within 24 hours"),
    "too_late": _("Too late to make sense"),
    "quiet_hours": _("Waits for the end of the quiet hours"),
    "sending_paused": _("Sending is paused for the club"),
    "all_paused": _("Sending is paused for all clubs"),
    "enough_lately": _("Waits, since the member got enough messages lately"),
    "hourly_ceiling": _("Waits, since the club sent as many as it may in an hour"),
    "erased": _("The member was erased on request"),
    BY_HAND: _("A person said not to send it"),
    STOPPED: _("A person stopped what had not left"),
    HELD: _("A person holds it back"),
    HELD_TOO_LONG: _("A person held it back until it was of no use"),
}


def add_reasons(words: Mapping[str, Any]) -> None:
    """Let an app above say what its reasons mean; what is known already stays as it is."""
    for code, said in words.items():
        _words.setdefault(code, said)


def in_words(code: str) -> str:
    return str(_words.get(code) or capfirst(code.replace("_", " ")))


def reason_choices() -> list[tuple[str, str]]:
    """Every reason there is, for a filter: known without asking the table."""
    return sorted(((code, str(said)) for code, said in _words.items()), key=lambda choice: choice[1])
