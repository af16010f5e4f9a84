"""Who is due for each workflow that is on: counted ahead, since to ask about many members takes seconds."""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet

from automations.actions.send_message import SendMessage
from automations.blocks import UnknownBlock
from automations.engine.classification import FirstMessage, Question, first_messages
from automations.engine.handing_over import Left, left_next
from automations.models import Enrollment, Reason, Step, Workflow, WorkflowRun
from automations.reports.last_runs import last_run_ids
from members.models import Club
from members.rules.days import DAY, start_of_day
from messaging.reports.figures import fresh, keep

COUNTED, NAMED = 1_000, 10
WHAT = "due"
"""Under which they are kept, by workflow."""


@dataclass(frozen=True)
class Due:
    """Of one workflow, as it was counted: who waits for its next check; how many were followed up since yesterday and are
    not back; the first few of both, each with whether they wait, those waiting first; whom the next check leaves to a
    person. Each longest away first, and at most one more than COUNTED.
    """

    waiting: list[int]
    followed_up: int
    named: list[tuple[int, bool]]
    left: list[Left]
    counted_at: dt.datetime


def due_ahead(questions: Sequence[Question], now: dt.datetime) -> dict[int, Due]:
    """By workflow, as it was counted; what was not, or before the workflow was edited or ran, is counted here and kept."""
    by_key = {question.workflow.pk: question for question in questions}
    ahead = fresh(WHAT, by_key, now)
    last_runs = last_run_ids(of=[question.workflow for question in questions])
    ran: dict[int, Any] = dict(
        WorkflowRun.objects.filter(pk__in=last_runs).values_list("workflow", "finished_at")
    )
    kept = {
        pk: counts
        for pk, counts in ahead.counts.items()
        if counts["asked"] == as_asked(by_key[pk])
        and (pk not in ran or ran[pk] < ahead.figures[pk].counted_at)
    }
    at = {pk: ahead.figures[pk].counted_at for pk in kept}
    if others := [question for pk, question in by_key.items() if pk not in kept]:
        anew = _counted(others)
        keep(WHAT, anew, now)
        kept |= anew
        at |= dict.fromkeys(anew, now)
    return {
        pk: Due(
            waiting=counts["waiting"],
            followed_up=counts["followed_up"],
            # What was kept within the last hour by the version before has an instant between the two.
            named=[(each[0], each[-1]) for each in counts["named"]],
            left=[(member, _instant(fact)) for member, fact in counts["left"]],
            counted_at=at[pk],
        )
        for pk, counts in kept.items()
    }


def count_ahead(clubs: Collection[Club], now: dt.datetime) -> int:
    """Keeps who is due for each of their workflows that is on; how many."""
    workflows = Workflow.objects.filter(club__in=clubs, is_enabled=True)
    counted = 0
    for workflow in workflows.select_related("club").prefetch_related("club__closures"):
        # One by one, since each takes a while: what is counted is of use at once.
        counted += keep(WHAT, _counted(questions_of([workflow], now)), now)
    return counted


def questions_of(workflows: Sequence[Workflow], now: dt.datetime) -> list[Question]:
    """Those that can be asked; two queries for all."""
    return questions_at([(workflow, now) for workflow in workflows])


def questions_at(asked: Sequence[tuple[Workflow, dt.datetime]]) -> list[Question]:
    """The same, of each workflow as of an instant of its own."""
    firsts = first_messages_of([workflow for workflow, _now in asked])
    questions = []
    for workflow, now in asked:
        question = Question(workflow, now)
        # Told beforehand, so that each need not ask for its own.
        vars(question)["first_message"] = firsts[workflow.pk]
        if _can_be_asked(question):
            questions.append(question)
    return questions


def first_messages_of(workflows: Sequence[Workflow]) -> dict[int, FirstMessage]:
    """What `first_message` says of each workflow, in two queries for all."""
    clubs = {workflow.pk: workflow.club_id for workflow in workflows}
    firsts: dict[int, Step] = {}
    steps = Step.objects.filter(workflow__in=workflows, action=SendMessage.kind)
    for step in steps.order_by("position", "id"):
        firsts.setdefault(step.workflow_id, step)
    found = first_messages([(clubs[pk], step) for pk, step in firsts.items()])
    return dict.fromkeys(clubs, FirstMessage()) | dict(zip(firsts, found, strict=True))


def followed_up(question: Question) -> QuerySet[Any]:
    """Who was followed up for this since yesterday. Whoever cools down passed all else."""
    return question.members().filter(
        question.occurrences.may_be_due, lately(question), decided=Reason.COOLDOWN
    )


def lately(question: Question) -> Q:
    return Q(
        Exists(
            Enrollment.objects.filter(
                workflow=question.workflow,
                member=OuterRef("pk"),
                occurrence=OuterRef("occurrence_key"),
                enrolled_at__gte=start_of_day(question.clock.today - DAY, question.workflow.club.zone),
            )
        )
    )


def _can_be_asked(question: Question) -> bool:
    """Not one that cannot be read any more; its own page says why."""
    try:
        question.kept_out  # noqa: B018 - the trigger and the conditions
    except (UnknownBlock, ValidationError):
        return False
    return True


def _counted(questions: Sequence[Question]) -> dict[int, Any]:
    counts = {}
    for question in questions:
        parts = [(_first(question.due()), True), (_first(followed_up(question)), False)]
        named = [(member, is_waiting) for found, is_waiting in parts for member, _fact in found[:NAMED]]
        counts[question.workflow.pk] = {
            "asked": as_asked(question),
            "waiting": [member for member, _fact in parts[0][0]],
            "followed_up": len(parts[1][0]),
            "named": named[:NAMED],
            "left": [(member, _number(fact)) for member, fact in left_next([question], COUNTED)],
        }
    return counts


def _first(found: QuerySet[Any]) -> list[Left]:
    return list(found.order_by("fact", "pk").values_list("pk", "fact")[: COUNTED + 1])


def _number(fact: dt.datetime | None) -> float | None:
    return fact.timestamp() if fact else None


def _instant(number: float | None) -> dt.datetime | None:
    return None if number is None else dt.datetime.fromtimestamp(number, dt.UTC)


def as_asked(question: Question) -> str:
    """What was asked, without the day: so that what was counted for another question is known by it."""
    workflow, first = question.workflow, question.first_message
    asked = [
        workflow.trigger,
        workflow.trigger_params,
        workflow.conditions,
        workflow.cooldown_days,
        workflow.patience_hours,
        workflow.control_percent,
        [first.channel, first.instead, first.by_person],
    ]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
