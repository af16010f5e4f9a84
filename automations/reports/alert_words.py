"""An alert in one sentence, for the dashboard and for mails: what is wrong, and what to do about it."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.models import Alert
from automations.reports.job_words import title_of


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
    said = (
        _("%(club)s: %(refused)s of the last %(asked)s text messages were refused or not answered.")
        if alert.subject == "sms"
        else _("%(club)s: %(refused)s of the last %(asked)s e-mails were refused or not answered.")
    )
    return said % {
        "club": alert.club,
        "refused": f"{alert.numbers.get('refused', 0):,}",
        "asked": f"{alert.numbers.get('asked', 0):,}",
    }


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
        case Alert.Kind.QUEUE_LAG:
            return _("Nothing is lost: what waits is sent once the workers catch up.")
    return _("Nothing is lost: it catches up as soon as it runs. Please tell whoever looks after Rollcall.")
