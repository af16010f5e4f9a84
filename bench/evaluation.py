"""Evaluation of missed class against hand-written SQL that writes the same rows into the same tables."""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from django.db import connection, transaction
from django.db.models import F, Value

from automations.engine import evaluation
from automations.engine.classification import Question
from automations.models import Enrollment, Workflow, WorkflowRun
from bench import raw_missed_class
from bench.population import NOW, TABLES, vacuum, workflow_of
from bench.report import Report, compared, taking_turns
from members.models.bulk import insert_from
from members.models.ranges import ranges_of

Side = Callable[[WorkflowRun], object]
NIGHTS = {
    "first night, everything new": 1.5,
    "the next run, 26 % differ": 1.5,
    "nothing new": 1.5,
}
ROUNDS = {10_000: 5, 100_000: 5, 1_000_000: 3}

# Equal on both sides when the same rows were written; runs are counted from the first, the ids of rows left out.
WRITTEN = """
SELECT
    (SELECT count(*) || ' ' || sum(hashtextextended(concat_ws('|', member_id, reason, channel, occurrence, fact_at,
        from_run_id - %(first)s, until_run_id - %(first)s), 0))
     FROM automations_decision WHERE workflow_id = %(workflow)s AND from_run_id >= %(first)s),
    (SELECT count(*) || ' ' || sum(hashtextextended(concat_ws('|', member_id, occurrence, enrolled_at, status, position,
        step_id, due_at, ended_at, end_reason, run_id - %(first)s), 0))
     FROM automations_enrollment WHERE workflow_id = %(workflow)s AND run_id >= %(first)s),
    (SELECT count(*) || ' ' || sum(hashtextextended(concat_ws('|', club_id, member_id, description, priority, due_on,
        assignee_id, status, note, cause, opened_at, closed_at), 0))
     FROM members_stafftask WHERE club_id = %(club)s),
    (SELECT string_agg(counts::text, ' ' ORDER BY id) FROM automations_workflowrun
     WHERE workflow_id = %(workflow)s AND id >= %(first)s)
"""


@dataclass
class Contest:
    """Both sides over one club; what each took by night, and every distinct set of rows that was written."""

    workflow: Workflow
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    written: set[tuple[str, ...]] = field(default_factory=set)

    def play(self, name: str, enroll: Side, evaluate: Side) -> None:
        """Three nights in a row, and before them the enrollments alone."""
        self.seconds["enrollments alone", name].append(_timed(enroll, _run(self.workflow)))
        reset(self.workflow)
        runs = []
        for minute, night in enumerate(NIGHTS):
            runs.append(_run(self.workflow, minute))
            self.seconds[night, name].append(_timed(evaluate, runs[-1]))
            with connection.cursor() as cursor:  # As autovacuum would have, long before the next night.
                cursor.execute(f"ANALYZE {', '.join(TABLES)}")
        self.written.add(_written(runs[0]))
        reset(self.workflow)


def measure(sizes: list[int], report: Report) -> None:
    for size in sizes:
        contest = Contest(workflow_of(size))
        ours = partial(contest.play, "rollcall", _enroll, evaluation.evaluate)
        raw = partial(contest.play, "raw", raw_missed_class.enroll, raw_missed_class.evaluate)
        taking_turns([ours, raw], ROUNDS.get(size, 3))
        lines = [
            compared(what, contest.seconds[what, "rollcall"], contest.seconds[what, "raw"], reach)
            for what, reach in {"enrollments alone": 1.3, **NIGHTS}.items()
        ]
        report.table(f"Evaluation, {size:,} members", lines, "raw SQL")
        if len(contest.written) > 1:
            raise SystemExit("The two sides wrote different rows:\n" + "\n".join(map(str, contest.written)))


def reset(workflow: Workflow, *, tidy: bool = True) -> None:
    """Take back what the bench's own runs wrote, and leave both sides the same tidy tables."""
    of_bench = "SELECT id FROM automations_workflowrun WHERE workflow_id = %(workflow)s AND as_of >= %(now)s"
    facts = {"workflow": workflow.pk, "club": workflow.club_id, "now": NOW}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"DELETE FROM automations_decision WHERE from_run_id IN ({of_bench})", facts)
        cursor.execute(f"DELETE FROM automations_enrollment WHERE run_id IN ({of_bench})", facts)
        cursor.execute("DELETE FROM members_stafftask WHERE club_id = %(club)s", facts)
        cursor.execute(f"DELETE FROM automations_workflowrun WHERE id IN ({of_bench})", facts)
    if tidy:
        vacuum(*TABLES)


def _run(workflow: Workflow, minute: int = 0) -> WorkflowRun:
    return evaluation.start_run(
        workflow, kind=WorkflowRun.Kind.BY_HAND, now=NOW + dt.timedelta(minutes=minute)
    )


def _timed(side: Side, run: WorkflowRun) -> float:
    began = time.perf_counter()
    side(run)
    return time.perf_counter() - began


def _enroll(run: WorkflowRun) -> None:
    """The rule's own query as INSERT … SELECT, range by range, which is what evaluating is without keeping decisions."""
    question = Question(run.workflow, run.as_of)
    for some in ranges_of(question.occurrences.members, evaluation.RANGE):
        insert_from(
            Enrollment,
            question.due().filter(pk__gt=some.after, pk__lte=some.until),
            {
                "workflow": Value(run.workflow_id),
                "member": F("pk"),
                "occurrence": F("occurrence_key"),
                "run": Value(run.pk),
                "enrolled_at": Value(run.as_of),
                "due_at": Value(run.as_of),
                "status": Value("active"),
                "position": Value(0),
                "end_reason": Value(""),
            },
        )


def _written(first: WorkflowRun) -> tuple[str, ...]:
    workflow = first.workflow
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, {"workflow": workflow.pk, "club": workflow.club_id, "first": first.pk})
        found: tuple[str, ...] = cursor.fetchone()
        return found
