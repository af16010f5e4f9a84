"""The jobs that the schedule and the bell start: thin, each calls one operation and returns its counts.

All of them may run twice or at the same time as another: what they claim, they claim in the database.
"""

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterable

from celery import shared_task
from django.utils import timezone

from automations.bell import ring
from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.engine.evaluation import WorkflowDisabled
from automations.engine.evaluation import evaluate_members as evaluate_these
from automations.engine.fuse import RunHeld
from automations.engine.goals import note_goals, wake_waiting
from automations.engine.readiness import rests_on
from automations.engine.resting import wake_rested
from automations.models import JobRun, Workflow, WorkflowRun
from automations.operations import retention
from automations.operations.alerts import give_back, keep_alerts, take_untold
from automations.operations.brakes import pause
from automations.operations.job_runs import end_abandoned, recorded
from automations.operations.oops import carry_on_corrections
from automations.operations.oops import carry_out as carry_out_correction
from automations.operations.workflow_runs import carry_out
from automations.reports import due, foreseen_ahead, left, returns, status_board
from automations.reports.alert_mails import mail_alerts
from automations.reports.findings import found
from automations.reports.troubles import too_bad
from members.models import Club
from members.operations.api_answers import forget_old_answers
from members.operations.follow_up import check_follow_up
from members.operations.risk import score_members
from members.transfer.uploads import remove_old
from messaging.inbound import queue, receipts
from messaging.operations import outbox
from messaging.operations.delivery import deliver
from messaging.operations.outcome_days import count_recent, count_settling
from messaging.operations.sign_in_links import forget_old_sign_ins, send_links
from messaging.operations.tallies import count_settled
from messaging.reports import daily_outcomes
from messaging.reports.figures import are_many

logger = logging.getLogger(__name__)

KEEP_JOB_RUNS = dt.timedelta(days=90)
SECONDS_PER_JOB = 50.0
SECONDS_OF_LISTENING = 40.0
SECONDS_OF_READING = 120.0


@shared_task
def refresh_follow_up_statuses() -> dict[str, int]:
    """Set right each follow-up status that slipped by or changed with the day."""

    def refresh() -> dict[str, int]:
        counts = {"checked": 0, "repaired": 0}
        for club in Club.objects.all():
            for what, number in check_follow_up(club=club, now=timezone.now()).items():
                counts[what] += number
        return counts

    return recorded("refresh_follow_up_statuses", refresh)


@shared_task
def score_retention_risk() -> dict[str, int]:
    """Work out each member's retention risk, and write it where it changed."""

    def score() -> dict[str, int]:
        counts = {"scored": 0, "changed": 0}
        for club in Club.objects.all():
            for what, number in score_members(club=club, now=timezone.now()).items():
                counts[what] += number
        return counts

    return recorded("score_retention_risk", score)


@shared_task
def evaluate_workflows() -> dict[str, int]:
    """Each club's daily check, once it is time; catches up on what was missed while nobody ran."""
    counts = recorded("evaluate_workflows", lambda: evaluate_due_workflows(now=timezone.now()))
    if counts.get("enrolled"):
        ring("advance_enrollments")
    return counts


@shared_task
def advance_enrollments() -> dict[str, int]:
    """Take the steps that are due, and go on with corrections that somebody asked for."""

    def go_on() -> dict[str, int]:
        counts = advance(now=timezone.now())
        if corrections := carry_on_corrections(now=timezone.now()):
            counts["corrections"] = corrections
        return counts

    counts = recorded("advance_enrollments", go_on)
    if counts:
        ring("deliver_messages")
    return counts


@shared_task
def deliver_messages() -> dict[str, int]:
    """Send the messages that are due."""
    return recorded("deliver_messages", lambda: deliver(clock=timezone.now, seconds=SECONDS_PER_JOB))


@shared_task
def take_in_events() -> dict[str, int]:
    """Read what the providers tell of messages that left, and what members answered."""
    return recorded("take_in_events", lambda: queue.poll(clock=timezone.now, seconds=SECONDS_OF_LISTENING))


@shared_task
def read_receipts() -> dict[str, int]:
    """Read what became of texts, from the log that SNS keeps."""
    return recorded(
        "read_receipts", lambda: receipts.read_receipts(clock=timezone.now, seconds=SECONDS_OF_READING)
    )


@shared_task
def sweep_messages() -> dict[str, int]:
    """Take back what a process that died left in hand."""

    def sweep() -> dict[str, int]:
        now = timezone.now()
        counts = outbox.sweep_messages(now=now) | {"jobs ended": end_abandoned(now=now)}
        return counts | send_links(now=now)

    return recorded("sweep_messages", sweep)


@shared_task
def send_sign_in_links() -> dict[str, int]:
    """Send the links that members are waiting for; what was rung for and not heard, the sweep sends within a minute."""
    return send_links(now=timezone.now())


@shared_task
def prune_job_runs() -> dict[str, int]:
    """Forget runs of jobs older than 90 days, and after a day files that nobody imported, the API's answers kept for a
    second asking, and how members signed in."""

    def prune() -> dict[str, int]:
        now = timezone.now()
        deleted = JobRun.objects.filter(started_at__lt=now - KEEP_JOB_RUNS).delete()[0]
        return {
            "deleted": deleted,
            "old uploads": remove_old(now=now),
            "old answers": forget_old_answers(now=now),
            "old sign-ins": forget_old_sign_ins(now=now),
        }

    return recorded("prune_job_runs", prune)


@shared_task
def blank_old_words() -> dict[str, int]:
    """Delete old words, where a club says after how long."""
    return recorded(
        "blank_old_words", lambda: retention.blank_old_words(now=timezone.now(), seconds=SECONDS_PER_JOB)
    )


@shared_task
def count_ahead() -> dict[str, int]:
    """Count what pages about many members show, so that nobody waits for it."""

    def count() -> dict[str, int]:
        now = timezone.now()
        # Those of small clubs too: a page about many clubs is about as many people as one about a large one.
        clubs = list(Club.objects.order_by("pk")) if are_many() else []
        reports = (daily_outcomes, returns, status_board, due, left, foreseen_ahead)
        return {"counted": sum(report.count_ahead(clubs, now) for report in reports)}

    return recorded("count_ahead", count)


@shared_task
def count_outcomes() -> dict[str, int]:
    """Count what became of the messages of yesterday and today."""
    clubs = Club.objects.order_by("pk")
    return recorded("count_outcomes", lambda: {"counted": count_recent(clubs, now=timezone.now())})


@shared_task
def recount_outcomes() -> dict[str, int]:
    """Count anew the outcomes of six weeks, and what an earlier release counted otherwise."""
    clubs = Club.objects.order_by("pk")
    return recorded("recount_outcomes", lambda: {"counted": count_settling(clubs, now=timezone.now())})


@shared_task
def check_health() -> dict[str, int]:
    """Pause what goes wrong, raise an alert when a job is late, a queue lags, a provider refuses many or something waits
    for a person, and mail it once.

    That it ran at all is the heartbeat by which beat, the broker and a worker are known to be well.
    """

    def check() -> dict[str, int]:
        now = timezone.now()
        count_settled(now=now)
        paused = [pause(workflow_id=pk, because=why, now=now) for pk, why in too_bad(now).items()]
        counts = keep_alerts(found(now), now=now)
        if any(paused):
            counts["workflows paused"] = sum(paused)
        if alerts := take_untold(now=now):
            counts["alerts mailed"] = mailed = mail_alerts(alerts)
            if not mailed:
                give_back(alerts)
        return counts

    return recorded("check_health", check)


@shared_task
def evaluate_members(member_ids: Iterable[int], changed: Collection[str] = ()) -> int:
    """Ask the workflows of their clubs about members whose facts just changed.

    Where only rows of these models `changed`, such as members.Visit, those alone whose answer may rest on them; all if empty.
    """
    ids, enrolled, reached = list(member_ids), 0, 0
    workflows = (
        Workflow.objects.filter(is_enabled=True, paused_at=None, club__members__in=ids)
        .select_related("club")
        .distinct()
    )
    reached += wake_rested(ids, now=timezone.now())
    for workflow in workflows:
        try:
            if rests_on(workflow, changed):
                enrolled += evaluate_these(workflow, ids, now=timezone.now())
            reached += note_goals(workflow, now=timezone.now(), members=ids)
            reached += wake_waiting(workflow, now=timezone.now(), members=ids)
        except WorkflowDisabled:
            continue
        except Exception:
            # Whoever recorded the fact must not suffer for one workflow that cannot be asked; its daily check says so.
            logger.exception("Workflow %s could not be asked about members who changed", workflow.pk)
    if enrolled or reached:
        ring("advance_enrollments")
    return enrolled


@shared_task
def send_correction(correction_id: int) -> int:
    """Queue a correction for those who got what it is about."""
    queued = carry_out_correction(correction_id, now=timezone.now())
    if queued:
        ring("deliver_messages")
    return queued


@shared_task
def run_by_hand(run_id: int) -> dict[str, int]:
    """Carry out a run that somebody asked for; one that died goes on where it stopped."""

    def carry() -> dict[str, int]:
        run = WorkflowRun.objects.select_related("workflow__club").get(pk=run_id)
        try:
            return carry_out(run, now=timezone.now())
        except (WorkflowDisabled, RunHeld):
            return {}

    counts = recorded("run_by_hand", carry)
    if counts:
        ring("deliver_messages")
    return counts


JOBS: dict[str, Callable[[], dict[str, int]]] = {
    job.__name__: job
    for job in (
        refresh_follow_up_statuses,
        score_retention_risk,
        evaluate_workflows,
        advance_enrollments,
        deliver_messages,
        take_in_events,
        read_receipts,
        sweep_messages,
        check_health,
        prune_job_runs,
        blank_old_words,
        count_ahead,
        count_outcomes,
        recount_outcomes,
    )
}
"""The scheduled jobs by name, in the order in which `run_job all` runs them."""
