"""An alert in one sentence, for the dashboard and for mails: what is wrong, and what to do about it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.models import Alert
from automations.reports.job_words import title_of
from members.models import Club


def in_a_sentence(alert: Alert) -> str:
    """Like “The job “Sending” is late: it should have started 12 minutes ago.”"""
    match alert.kind:
        case Alert.Kind.JOB_LATE:
            return _("The job “%(job)s” is late: it should have started %(time)s ago.") % {
                "job": title_of(alert.subject),
                "time": _lasting(alert.numbers.get("minutes", 0)),
            }
        case Alert.Kind.QUEUE_LAG:
            said = (
                _("Messages wait to be sent: the oldest has been due for %(time)s.")
                if alert.subject == "messages"
                else _("Members wait for their next step: the oldest has been due for %(time)s.")
            )
            return said % {"time": _lasting(alert.numbers.get("minutes", 0))}
        case Alert.Kind.RUN_HELD:
            return held_in_words(alert.club, alert.numbers)
        case Alert.Kind.PAUSED:
            return paused_in_words(alert.club, alert.numbers)
    said = (
        _("%(club)s: %(refused)s of the last %(asked)s text messages were refused or not answered.")
        if alert.subject == "sms"
        else _("%(club)s: %(refused)s of the last %(asked)s e-mails were refused or not answered.")
        if alert.subject == "email"
        else _("%(club)s: %(refused)s of the last %(asked)s WhatsApp messages were refused or not answered.")
    )
    return said % {
        "club": alert.club,
        "refused": f"{alert.numbers.get('refused', 0):,}",
        "asked": f"{alert.numbers.get('asked', 0):,}",
    }


def held_in_words(club: Club | None, numbers: Mapping[str, Any]) -> str:
    """Like “Riverside: “Missed class” would follow up 120 members at once, and usually 12.”"""
    words = {
        "club": club,
        "name": numbers.get("name", ""),
        "n": f"{numbers.get('size', 0):,}",
        "usual": f"{numbers.get('usual', 0):,}",
    }
    if "usual" not in numbers:
        return (
            _("%(club)s: “%(name)s” would follow up %(n)s members at once, more than a first run may.")
            % words
        )
    return _("%(club)s: “%(name)s” would follow up %(n)s members at once; usually it is %(usual)s.") % words


def paused_in_words(club: Club | None, numbers: Mapping[str, Any]) -> str:
    """Like “Riverside: “Missed class” was paused: of its last 40 messages 15 failed or bounced.”"""
    words = {"club": club, "name": numbers.get("name", ""), "of": numbers.get("asked", 0)}
    return _("%(club)s: “%(name)s” was paused by itself: %(why)s") % {**words, "why": why_paused(numbers)}


def why_paused(numbers: Mapping[str, Any]) -> str:
    """Like “of its last 40 messages, 15 failed or bounced and 2 were marked as spam.”"""
    return _(
        "of its last %(asked)s messages, %(failed)s failed or bounced and %(complained)s were marked as spam."
    ) % {name: f"{numbers.get(name, 0):,}" for name in ("asked", "failed", "complained")}


def _lasting(minutes: int) -> str:
    """In whole minutes, from two hours on in hours, from two days on in days."""
    if minutes < 120:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24}


def advice(alert: Alert) -> str:
    """What whoever is told can do."""
    match alert.kind:
        case Alert.Kind.REFUSALS:
            return _(
                "The message log says why. Many at once: switch sending off for the club until it is clear."
            )
        case Alert.Kind.RUN_HELD:
            return _("Nobody is followed up before somebody has looked and let it go, or canceled it.")
        case Alert.Kind.PAUSED:
            return _("Nothing of it is sent before somebody has looked into it and lets it go on.")
        case Alert.Kind.QUEUE_LAG:
            return _("Nothing is lost: what waits is sent once the workers catch up.")
    return _("Nothing is lost: it catches up as soon as it runs. Please tell whoever looks after Rollcall.")
