"""Jobs for people: what each is called, what a run of it did in a sentence, and what went wrong in kind words."""

import re
from typing import TYPE_CHECKING

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from automations.models import JobRun

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TITLES: dict[str, "StrOrPromise"] = {
    "refresh_follow_up_statuses": gettext_lazy("Follow-up statuses"),
    "score_retention_risk": gettext_lazy("Retention risk"),
    "evaluate_workflows": gettext_lazy("Daily checks"),
    "advance_enrollments": gettext_lazy("Steps that are due"),
    "deliver_messages": gettext_lazy("Sending"),
    "sweep_messages": gettext_lazy("Picking up what was left behind"),
    "take_in_events": gettext_lazy("What became of messages"),
    "read_receipts": gettext_lazy("Receipts of texts"),
    "check_health": gettext_lazy("Health check"),
    "prune_job_runs": gettext_lazy("Forgetting old runs"),
    "blank_old_words": gettext_lazy("Deleting old words"),
    "count_ahead": gettext_lazy("Counting ahead"),
    "count_outcomes": gettext_lazy("Counting outcomes"),
    "recount_outcomes": gettext_lazy("Counting outcomes of six weeks"),
    "run_by_hand": gettext_lazy("A run asked for by hand"),
}
PURPOSES: dict[str, "StrOrPromise"] = {
    "refresh_follow_up_statuses": gettext_lazy("Sets right each status that changed with the day."),
    "score_retention_risk": gettext_lazy("Works out how likely each member is to stop coming."),
    "check_health": gettext_lazy("Tells people when a job is late, a queue lags, or messages are refused."),
    "evaluate_workflows": gettext_lazy(
        "Looks every few minutes whether a club's daily check has come, and finds out who is due."
    ),
    "advance_enrollments": gettext_lazy("Takes each member's next step when its time has come."),
    "deliver_messages": gettext_lazy("Sends the messages that are due."),
    "sweep_messages": gettext_lazy("Takes back what was left half done when the server stopped."),
    "take_in_events": gettext_lazy(
        "Reads what the providers tell of messages that left, and what members answered."
    ),
    "count_outcomes": gettext_lazy("Counts what became of the messages of yesterday and today."),
    "recount_outcomes": gettext_lazy("Counts anew what became of the messages of the last six weeks."),
    "read_receipts": gettext_lazy(
        "Reads what became of texts, and what each cost, from the log that SNS keeps."
    ),
    "prune_job_runs": gettext_lazy("Forgets runs of jobs that are three months old."),
    "count_ahead": gettext_lazy("Counts what pages about many members show, so that nobody waits for it."),
    "blank_old_words": gettext_lazy(
        "Deletes the words of old messages, answers and corrections, where a club says after how long."
    ),
}
_DID = {
    "evaluated": ngettext_lazy("%(n)s workflow checked", "%(n)s workflows checked", "n"),
    "members": ngettext_lazy("%(n)s member looked at", "%(n)s members looked at", "n"),
    "checked": ngettext_lazy("%(n)s status checked", "%(n)s statuses checked", "n"),
    "repaired": ngettext_lazy("%(n)s set right", "%(n)s set right", "n"),
    "scored": ngettext_lazy("%(n)s member judged", "%(n)s members judged", "n"),
    "changed": ngettext_lazy("%(n)s with another risk", "%(n)s with another risk", "n"),
    "enrolled": ngettext_lazy("%(n)s to be followed up", "%(n)s to be followed up", "n"),
    "broken": ngettext_lazy(
        "%(n)s workflow could not be checked", "%(n)s workflows could not be checked", "n"
    ),
    "waiting": ngettext_lazy("%(n)s put off for an hour", "%(n)s put off for an hour", "n"),
    "exited": ngettext_lazy("%(n)s ended early", "%(n)s ended early", "n"),
    "arrived": ngettext_lazy("%(n)s begun", "%(n)s begun", "n"),
    "done": ngettext_lazy("%(n)s step taken", "%(n)s steps taken", "n"),
    "missed": ngettext_lazy("%(n)s too late", "%(n)s too late", "n"),
    "sent": ngettext_lazy("%(n)s message sent", "%(n)s messages sent", "n"),
    "skipped": ngettext_lazy("%(n)s skipped", "%(n)s skipped", "n"),
    "held": ngettext_lazy("%(n)s waiting for its hour", "%(n)s waiting for their hour", "n"),
    "failed": ngettext_lazy("%(n)s failed", "%(n)s failed", "n"),
    "again": ngettext_lazy("%(n)s to be tried again", "%(n)s to be tried again", "n"),
    "unknown": ngettext_lazy(
        "%(n)s of which nobody knows whether it left", "%(n)s of which nobody knows whether they left", "n"
    ),
    "requeued": ngettext_lazy("%(n)s message taken back", "%(n)s messages taken back", "n"),
    "jobs ended": ngettext_lazy("%(n)s run ended that had died", "%(n)s runs ended that had died", "n"),
    "words deleted": ngettext_lazy(
        "the words of %(n)s old message deleted", "the words of %(n)s old messages deleted", "n"
    ),
    "answers emptied": ngettext_lazy(
        "the words of %(n)s old answer deleted", "the words of %(n)s old answers deleted", "n"
    ),
    "notices deleted": ngettext_lazy("%(n)s old notice deleted", "%(n)s old notices deleted", "n"),
    "copies emptied": ngettext_lazy(
        "the words of %(n)s message that was never written deleted",
        "the words of %(n)s messages that were never written deleted",
        "n",
    ),
    "corrections emptied": ngettext_lazy(
        "the words of %(n)s old correction deleted", "the words of %(n)s old corrections deleted", "n"
    ),
    "links sent": ngettext_lazy("%(n)s sign-in link sent", "%(n)s sign-in links sent", "n"),
    "events": ngettext_lazy("%(n)s event taken in", "%(n)s events taken in", "n"),
    "replies": ngettext_lazy("%(n)s answer heard", "%(n)s answers heard", "n"),
    "put aside": ngettext_lazy("%(n)s notice put aside", "%(n)s notices put aside", "n"),
    "unreadable receipts": ngettext_lazy(
        "%(n)s receipt could not be read", "%(n)s receipts could not be read", "n"
    ),
    "counted": ngettext_lazy("%(n)s figure counted", "%(n)s figures counted", "n"),
    "alerts raised": ngettext_lazy("%(n)s alert raised", "%(n)s alerts raised", "n"),
    "alerts over": ngettext_lazy("%(n)s alert over", "%(n)s alerts over", "n"),
    "alerts mailed": ngettext_lazy("%(n)s person told", "%(n)s people told", "n"),
    "deleted": ngettext_lazy("%(n)s old run forgotten", "%(n)s old runs forgotten", "n"),
}
_WENT_WRONG: dict[str, "StrOrPromise"] = {
    "OperationalError": gettext_lazy("The database did not answer."),
    "InterfaceError": gettext_lazy("The database did not answer."),
    "SoftTimeLimitExceeded": gettext_lazy("It took too long and was stopped."),
    "MemoryError": gettext_lazy("There was not enough memory."),
}


def title_of(name: str) -> str:
    return str(TITLES.get(name) or capfirst(name.replace("_", " ")))


def done_in_words(run: JobRun) -> str:
    """Like “2 workflows checked, 480 members looked at.”; empty while it runs and where it failed."""
    if run.status != JobRun.Status.SUCCEEDED:
        return ""
    parts = [_counted(what, number) for what, number in run.counts.items() if number]
    return ", ".join(parts) + "." if parts else _("Nothing to do.")


def _counted(what: str, number: int) -> str:
    words = _DID.get(what)
    return str(words % {"n": number}) if words else f"{number:,} {what.replace('_', ' ')}"


def wrong_in_words(run: JobRun) -> str:
    """One kind sentence; what the program said is for whoever looks into it."""
    if not run.error:
        return ""
    last = run.error.strip().splitlines()[-1]
    program = re.match(r"(?:\w+\.)*(\w+)(?:: |$)", last)
    if program is None:
        return last
    return str(_WENT_WRONG.get(program[1]) or _("Something unexpected went wrong."))


def duration_in_words(run: JobRun) -> str:
    """Like “0.4 s” or “2 min 5 s”."""
    if run.seconds is None:
        return ""
    if run.seconds < 60:
        return _("%(seconds)s s") % {"seconds": f"{run.seconds:.1f}"}
    minutes, seconds = divmod(round(run.seconds), 60)
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": seconds}
