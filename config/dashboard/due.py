"""Who is due now, each person once; besides, who was followed up since yesterday and is not back."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from automations.engine.classification import Question
from automations.engine.handing_over import Left, left_next
from automations.models import Reason, Workflow, WorkflowRun
from automations.models.workflow_runs import WAITS_FOR_A_PERSON
from automations.reports.due import COUNTED, due_ahead, followed_up, lately, questions_of
from members.models import Member
from members.models.bulk import count_each
from messaging.reports.figures import are_many

SHOWN = 10
WORKFLOWS_ASKED, WORKFLOWS_NAMED = 20, 5


@dataclass(frozen=True)
class DueNow:
    """`count`: who waits for the next check, or for a person. `followed_up`: who was, since yesterday. Those waiting are named
    first.
    """

    workflow: Workflow
    count: int
    followed_up: int
    members: list[dict[str, Any]]

    @property
    def is_held(self) -> bool:
        """Whether a run of it waits for a person."""
        return bool(self.workflow.is_held)  # type: ignore[attr-defined]

    @property
    def waits_for_a_person(self) -> bool:
        return not _goes_ahead(self.workflow)

    @property
    def is_more(self) -> bool:
        return self.count > COUNTED

    @property
    def unnamed(self) -> int:
        return min(self.count, COUNTED) + min(self.followed_up, COUNTED) - len(self.members)


def due_now(clubs: list[int], now: dt.datetime) -> dict[str, Any]:
    """What the page shows: of clubs with few members together as it is now, of many as it was counted ahead."""
    held = WorkflowRun.objects.filter(WAITS_FOR_A_PERSON, workflow=OuterRef("pk"))
    enabled = Workflow.objects.filter(club__in=clubs, is_enabled=True).annotate(is_held=Exists(held))
    workflows = list(enabled.select_related("club").prefetch_related("club__closures")[: WORKFLOWS_ASKED + 1])
    questions = questions_of(workflows[:WORKFLOWS_ASKED], now)
    answer = _counted_ahead(questions, now) if are_many(clubs) else _asked(questions)
    total = answer.pop("total")
    return answer | {
        "due_total": min(total, COUNTED),
        "due_is_more": total > COUNTED or len(workflows) > WORKFLOWS_ASKED,
        "due_some_wait": any(each.count and each.waits_for_a_person for each in answer["due"]),
        "has_more_workflows": len(workflows) > WORKFLOWS_ASKED,
        "has_workflows": bool(workflows),
    }


def _asked(questions: Sequence[Question]) -> dict[str, Any]:
    """Counts of all in a few statements, however many workflows; names for the first few that have anybody."""
    due = [question.due() for question in questions]
    counts = count_each([*due, *map(followed_up, questions)], at_most=COUNTED + 1)
    answers = []
    to_name = WORKFLOWS_NAMED
    for number, question in enumerate(questions):
        count, since = counts[number], counts[len(questions) + number]
        names = _members(question) if count + since and to_name else []
        to_name -= bool(names)
        answers.append(DueNow(question.workflow, count, since, names))
    return {
        "due": answers,
        "total": _people([each for each, answer in zip(due, answers, strict=True) if answer.count], answers),
        "left_next": left_next([each for each in questions if _goes_ahead(each.workflow)], COUNTED),
    }


def _goes_ahead(workflow: Workflow) -> bool:
    """Whether the next check does anything."""
    return not workflow.is_held and workflow.paused_at is None  # type: ignore[attr-defined]


def _counted_ahead(questions: Sequence[Question], now: dt.datetime) -> dict[str, Any]:
    found = due_ahead(questions, now)
    # Only the first few are named, here as there.
    with_names = [question for question in questions if found[question.workflow.pk].named][:WORKFLOWS_NAMED]
    named = {question.workflow.pk: found[question.workflow.pk].named for question in with_names}
    members = Member.objects.in_bulk([pk for rows in named.values() for pk, _is_waiting in rows])
    answers = []
    for question in questions:
        pk = question.workflow.pk
        rows = [
            _row(question, members[member], is_waiting)
            for member, is_waiting in named.get(pk, ())
            if member in members
        ]
        answers.append(DueNow(question.workflow, len(found[pk].waiting), found[pk].followed_up, rows))
    return {
        "due": answers,
        "total": len({member for each in found.values() for member in each.waiting}),
        "left_next": _each_once(
            left
            for question in questions
            if _goes_ahead(question.workflow)
            for left in found[question.workflow.pk].left
        ),
        "due_as_of": min((each.counted_at for each in found.values()), default=None),
    }


def _each_once(lefts: Iterable[Left]) -> list[Left]:
    """Longest away first."""
    by_member: dict[int, Left] = {}
    for left in sorted(lefts, key=lambda left: (left[1] is None, left[1], left[0])):
        by_member.setdefault(left[0], left)
    return list(by_member.values())[: COUNTED + 1]


def _people(waiting: list[QuerySet[Any]], answers: list[DueNow]) -> int:
    """How many wait, each once, whichever workflows would follow them up; more than COUNTED where nobody counted on."""
    most = max((answer.count for answer in answers), default=0)
    if len(waiting) < 2 or most > COUNTED:
        return most
    first, *others = (due.order_by().values("pk") for due in waiting)
    return first.union(*others).count()


def _members(question: Question) -> list[dict[str, Any]]:
    either = question.members().filter(
        Q(decided=Reason.DUE) | Q(lately(question), decided=Reason.COOLDOWN), question.occurrences.may_be_due
    )
    found = either.order_by(Case(When(decided=Reason.DUE, then=0), default=1), "fact", "pk")[:SHOWN]
    return [_row(question, member, member.decided == Reason.DUE) for member in found]


def _row(question: Question, member: Member, is_waiting: bool) -> dict[str, Any]:
    clock, last = question.clock, member.last_attended_at
    days = clock.days_away(clock.day_of(last)) if last else None
    return {"member": member, "days": days, "is_waiting": is_waiting}
