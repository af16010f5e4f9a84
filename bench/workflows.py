"""A night of 20 workflows of one club against the sum of 20 hand-written statements, and advancing what they enrolled."""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from automations.engine import evaluation
from automations.engine.advancement import BATCH, advance_batch
from automations.engine.classification import Question
from automations.models import Enrollment, Step, Workflow, WorkflowRun
from bench import raw_missed_class
from bench.evaluation import WRITTEN, reset
from bench.population import NOW, workflow_of
from bench.report import Report, compared, taking_turns
from members.models import FollowUpStatus

NIGHTS = ("20 workflows, first night", "20 workflows, nothing new")
REACH = 1.5
ROUNDS = {10_000: 3, 100_000: 3, 1_000_000: 1}
WEEKS = range(1, 7)

STATUSES = """
UPDATE members_member SET follow_up_status = (%(statuses)s::text[])[1 + substr(external_id, 2)::int %% 14],
    follow_up_status_since = %(now)s - make_interval(hours => substr(external_id, 2)::int %% 500)
WHERE club_id = %(club)s
"""
STATUS = """
SELECT m.id, m.follow_up_status_since AS fact_at, m.trainer_id,
    %(status)s || ':' || m.follow_up_status_since::varchar AS occurrence,
    CASE WHEN m.erased_at IS NOT NULL THEN 'erased'
         WHEN m.follow_up_status <> %(status)s THEN 'other_status'
         WHEN m.follow_up_status_since < %(since)s THEN 'too_long_ago'
         WHEN m.id IN (SELECT p.member_id FROM members_pause p WHERE p.ended_at IS NULL
                       AND p.starts_at <= %(now)s AND p.until > %(now)s) THEN 'paused'
         WHEN m.phone = '' THEN 'no_address'
         WHEN NOT (SELECT c.is_granted FROM messaging_consentrecord c WHERE c.member_id = m.id AND c.channel = 'sms'
                   AND c.category IN ('', 'marketing') ORDER BY c.recorded_at DESC, c.id DESC LIMIT 1) THEN 'opted_out'
         WHEN EXISTS (SELECT FROM messaging_suppression s WHERE s.club_id = m.club_id AND s.channel = 'sms'
                      AND s.address = lower(m.phone)) THEN 'suppressed'
         WHEN EXISTS (SELECT FROM automations_enrollment e WHERE e.member_id = m.id AND e.workflow_id = %(workflow)s
                      AND e.enrolled_at > LEAST(%(cooled)s, m.follow_up_status_since))
           OR EXISTS (SELECT FROM automations_enrollment e WHERE e.member_id = m.id AND e.workflow_id = %(workflow)s
                      AND e.occurrence = %(status)s || ':' || m.follow_up_status_since::varchar)
             THEN 'cooldown'
         ELSE 'due' END AS reason
FROM members_member m WHERE m.club_id = %(club)s
"""


def measure(sizes: list[int], report: Report) -> None:
    for size in sizes:
        _measure(size, report)


def _measure(size: int, report: Report) -> None:
    workflows = _twenty(size)
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    written: set[Any] = set()

    def play(name: str, evaluate: Callable[[WorkflowRun], object]) -> None:
        for minute, night in enumerate(NIGHTS):
            runs = [_run(workflow, minute) for workflow in workflows]
            began = time.perf_counter()
            for run in runs:
                evaluate(run)
            seconds[night, name].append(time.perf_counter() - began)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE automations_decision, automations_enrollment")
        written.add(_written(workflows))
        for workflow in workflows:
            reset(workflow, tidy=False)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE) automations_decision, automations_enrollment")

    taking_turns(
        [lambda: play("rollcall", evaluation.evaluate), lambda: play("raw", _raw)], ROUNDS.get(size, 3)
    )
    lines = [compared(night, seconds[night, "rollcall"], seconds[night, "raw"], REACH) for night in NIGHTS]
    report.table(f"{size:,} members", lines, "raw SQL")
    if len(written) > 1:
        raise SystemExit("The two sides wrote different rows:\n" + "\n".join(map(str, written)))
    report.say(_advanced(workflows))


def _advanced(workflows: list[Workflow]) -> str:
    """How long it takes to queue the first message of everybody whom the first night enrolled."""
    for workflow in workflows:
        evaluation.evaluate(_run(workflow, 0))
    due = Q(workflow__in=[workflow.pk for workflow in workflows])
    number = Enrollment.objects.filter(due, status=Enrollment.Status.ACTIVE).count()
    asked = []
    began = time.perf_counter()
    while True:
        with CaptureQueriesContext(connection) as captured:
            if not advance_batch(now=NOW + dt.timedelta(minutes=1), only=due):
                break
        asked.append(len(captured))
    took = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM automations_steprun")
        cursor.execute("DELETE FROM messaging_message WHERE created_at >= %s", [NOW])
    for workflow in workflows:
        reset(workflow, tidy=False)
    return (
        f"Advanced {number:,} due enrollments in {took:.1f} s, {number / took:,.0f} a second, in batches of {BATCH}: "
        f"{min(asked)} to {max(asked)} statements for each."
    )


def _twenty(size: int) -> list[Workflow]:
    """Missed class week by week, and each follow-up status."""
    club = workflow_of(size).club
    with connection.cursor() as cursor:
        cursor.execute(STATUSES, {"club": club.pk, "now": NOW, "statuses": FollowUpStatus.values})
        cursor.execute("VACUUM (ANALYZE) members_member")
    rules = [
        (f"week-{week}", "missed_class", {"min_days": 7 * week, "max_days": 7 * week + 7, "hand_over": False})
        for week in WEEKS
    ] + [
        (f"status-{status}", "follow_up_status", {"status": status, "within_days": 7, "on_return": "go_on"})
        for status in FollowUpStatus.values
    ]
    workflows = []
    for slug, trigger, params in rules:
        workflow, is_new = Workflow.objects.get_or_create(
            club=club,
            slug=slug,
            defaults={
                "name": slug,
                "is_enabled": True,
                "trigger": trigger,
                "trigger_params": params,
                "fuse_first": 10_000_000,
            },
        )
        if is_new:
            Step.objects.create(
                workflow=workflow, action="send_message", action_params={"template": "missed-you"}
            )
        workflows.append(workflow)
    return workflows


def _run(workflow: Workflow, minute: int) -> WorkflowRun:
    return evaluation.start_run(
        workflow, kind=WorkflowRun.Kind.BY_HAND, now=NOW + dt.timedelta(minutes=minute)
    )


def _raw(run: WorkflowRun) -> None:
    if run.workflow.trigger == "missed_class":
        raw_missed_class.evaluate(run)
    else:
        raw_missed_class.evaluate_by(STATUS, _facts_of_status(run))


def _facts_of_status(run: WorkflowRun) -> dict[str, Any]:
    workflow, now = run.workflow, run.as_of
    question = Question(workflow, now)
    day = workflow.club.today(now) - dt.timedelta(days=question.params["within_days"])
    return {
        "workflow": workflow.pk,
        "club": workflow.club_id,
        "slug": workflow.slug,
        "run": run.pk,
        "now": now,
        "status": question.params["status"],
        "since": dt.datetime.combine(day, dt.time(), workflow.club.zone),
        "cooled": now - dt.timedelta(days=workflow.cooldown_days),
        "handed_over": [],
        "description": "",
        "due_on": workflow.club.today(now),
    }


def _written(workflows: list[Workflow]) -> tuple[Any, ...]:
    found = []
    with connection.cursor() as cursor:
        for workflow in workflows:
            first = workflow.runs.order_by("-pk").values_list("pk", flat=True)[1]
            facts = {"workflow": workflow.pk, "club": workflow.club_id, "first": first}
            cursor.execute(WRITTEN, facts)
            found.append(cursor.fetchone()[:2])
    return tuple(found)
