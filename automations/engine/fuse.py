"""The fuse: a run far above the workflow's usual size is held before it does anything, until a person lets it go or not.

Weighed with the runs are those who were followed up at once since the last whole run, so that many small portions
weigh as much as one large one.
"""

import datetime as dt
from collections.abc import Collection

from django.db.models import Min, QuerySet, Sum

from automations.engine.classification import Question
from automations.models import Enrollment, Reason, Workflow, WorkflowRun
from automations.models.workflow_runs import WAITS_FOR_A_PERSON
from automations.rules.brakes import FEWEST, USUAL_DAYS, Weight, median, most_at_once
from members.models.ranges import ranges_of

COUNTED_TOGETHER = 100_000
"""Members."""


class RunHeld(Exception):
    """The run waits for a person; nobody is followed up before that."""

    def __init__(self, run: WorkflowRun) -> None:
        super().__init__(run)
        self.run = run


class TooManyAtOnce(Exception):
    """So many changed at once that the whole club is to be asked, where the run is weighed as any other."""


def held_run(workflow: Workflow) -> WorkflowRun | None:
    """The run of this workflow that waits for a person, if one does."""
    waiting = WorkflowRun.objects.filter(WAITS_FOR_A_PERSON, workflow=workflow.pk)
    return waiting.select_related("workflow__club").first()


def refuse_while_held(workflow: Workflow) -> None:
    """Raises RunHeld while a run of it waits for a person."""
    if held := held_run(workflow):
        raise RunHeld(held)


def weight_of(question: Question, *, roughly: bool = False) -> Weight:
    """Counted range by range: all at once, PostgreSQL goes by the day of the last visit and so back and forth through the rest.

    `roughly`: where even all who may be due are not too many, nobody looks closer.
    """
    usual, most, at_once = _so_far(question.workflow)
    members, may_be_due = question.occurrences.members, question.occurrences.may_be_due
    if roughly:
        perhaps = members.filter(may_be_due).order_by().values("pk")[: most + 1].count()
        if at_once + perhaps <= most:
            return Weight(at_once + perhaps, usual, most)
    now_due = sum(
        question.due().filter(pk__gt=some.after, pk__lte=some.until).order_by().count()
        for some in ranges_of(members, COUNTED_TOGETHER)
    )
    return Weight(at_once + now_due if now_due else 0, usual, most)


def _so_far(workflow: Workflow) -> tuple[int | None, int, int]:
    """What is usual, the most that goes ahead by itself, and how many were followed up since the last whole run: counted
    only as far as it takes to know that it is too much."""
    usual = usual_size(workflow)
    most = most_at_once(usual, times=workflow.fuse_times, first=workflow.fuse_first)
    return usual, most, _followed_up(workflow, since=_last_whole_run(workflow))[: most + 1].count()


def usual_size(workflow: Workflow) -> int | None:
    """The median of its last days: how many each day's whole runs followed up, and those at once in between."""
    days = (
        WorkflowRun.objects.filter(workflow=workflow.pk, kind__in=WorkflowRun.WHOLE, enrolled__isnull=False)
        .order_by("-checked_on")
        .values("checked_on")
        .annotate(n=Sum("enrolled"))
    )
    return median([day["n"] for day in days[:USUAL_DAYS]])


def weigh(run: WorkflowRun, question: Question, *, now: dt.datetime) -> WorkflowRun | None:
    """Once for each run, before it does anything: the run itself if it is held, now or since it was weighed before.

    One that a person let go was weighed before. The caller holds the workflow's lock.
    """
    run = WorkflowRun.objects.select_for_update(of=("self",)).select_related("workflow__club").get(pk=run.pk)
    if run.held_at is not None:
        return run
    if run.size is not None or run.reached_id or run.finished_at is not None:
        return None
    weight = weight_of(question, roughly=True)
    run.size, run.usual_size = weight.size, weight.usual
    if weight.is_too_much:
        run.held_at = now
    run.save(update_fields=["size", "usual_size", "held_at"])
    return run if run.held_at else None


def enrolled_by(run: WorkflowRun) -> int:
    """How many it followed up, and those at once since the whole run before it."""
    before = _last_whole_run(run.workflow, before=run)
    if before and before.as_of >= run.as_of:
        return _real(run.enrollments.all()).count()
    return _followed_up(run.workflow, since=before).filter(enrolled_at__lte=run.as_of).count()


def _last_whole_run(workflow: Workflow, before: WorkflowRun | None = None) -> WorkflowRun | None:
    finished = WorkflowRun.objects.filter(
        workflow=workflow.pk, kind__in=WorkflowRun.WHOLE, finished_at__isnull=False
    )
    return (finished.filter(pk__lt=before.pk) if before else finished).order_by("-pk").first()


def first_asked(workflow: Workflow) -> dt.datetime | None:
    """As of when its whole club was asked for the first time."""
    whole = WorkflowRun.objects.filter(workflow=workflow.pk, kind__in=WorkflowRun.WHOLE)
    first: dt.datetime | None = whole.aggregate(at=Min("as_of"))["at"]
    return first


def _followed_up(workflow: Workflow, *, since: WorkflowRun | None) -> QuerySet[Enrollment]:
    enrollments = _real(Enrollment.objects.filter(workflow=workflow.pk)).order_by()
    return enrollments.filter(enrolled_at__gt=since.as_of) if since else enrollments


def _real(enrollments: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
    """Without those who are only left out to compare."""
    return enrollments.exclude(end_reason=Reason.CONTROL)


def refuse_too_many(question: Question, member_ids: Collection[int]) -> None:
    """Raises TooManyAtOnce if so many of these are due that, with those at once before them, no run would go ahead by itself."""
    if len(member_ids) <= FEWEST:
        return
    _usual, most, at_once = _so_far(question.workflow)
    if at_once + question.due().filter(pk__in=member_ids).count() > most:
        raise TooManyAtOnce
