"""Who is due now, each person once; besides, who was followed up since yesterday and is not back."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from automations.actions.send_message import SendMessage
from automations.blocks import UnknownBlock
from automations.engine.classification import FirstMessage, Question, first_messages
from automations.engine.handing_over import left_next
from automations.models import Enrollment, Reason, Step, Workflow
from members.models import Member
from members.models.bulk import count_each
from members.rules.days import DAY, start_of_day

SHOWN, COUNTED = 10, 1_000
WORKFLOWS_ASKED, WORKFLOWS_NAMED = 20, 5
LARGE, KEPT_FOR = 20_000, dt.timedelta(minutes=5)


@dataclass(frozen=True)
class DueNow:
    """`count`: who waits for the next check. `followed_up`: who was, since yesterday. Those waiting are named first."""

    workflow: Workflow
    count: int
    followed_up: int
    members: list[dict[str, Any]]

    @property
    def is_more(self) -> bool:
        return self.count > COUNTED

    @property
    def unnamed(self) -> int:
        return min(self.count, COUNTED) + min(self.followed_up, COUNTED) - len(self.members)


def due_now(clubs: list[int], now: dt.datetime) -> dict[str, Any]:
    """What the page shows; of large clubs as it was found a few minutes ago at most, since it takes a while to find."""
    key = f"dashboard:due:{hashlib.sha256(repr(sorted(clubs)).encode()).hexdigest()}"
    if (kept := cache.get(key)) is not None:
        return kept  # type: ignore[no-any-return]
    answer, is_large = _asked(clubs, now)
    if is_large:
        cache.set(key, {**answer, "due_as_of": now}, KEPT_FOR.total_seconds())
    return answer


def _asked(clubs: list[int], now: dt.datetime) -> tuple[dict[str, Any], bool]:
    """Counts of all in a few statements, however many workflows; names for the first few that have anybody."""
    enabled = Workflow.objects.filter(club__in=clubs, is_enabled=True)
    workflows = list(enabled.select_related("club").prefetch_related("club__closures")[: WORKFLOWS_ASKED + 1])
    questions = [Question(workflow, now) for workflow in workflows[:WORKFLOWS_ASKED]]
    firsts = first_messages_of([question.workflow for question in questions])
    for question in questions:
        # Told beforehand, so that each need not ask for its own.
        vars(question)["first_message"] = firsts[question.workflow.pk]
    questions = [question for question in questions if _can_be_asked(question)]
    waiting, since = [_due(question) for question in questions], [_followed_up(each) for each in questions]
    [size] = count_each([Member.objects.filter(club__in=clubs)], at_most=LARGE + 1)
    counts = count_each([*waiting, *since], at_most=COUNTED + 1)
    answers = []
    to_name = WORKFLOWS_NAMED
    for number, question in enumerate(questions):
        count, followed_up = counts[number], counts[len(questions) + number]
        names = _members(question) if count + followed_up and to_name else []
        to_name -= bool(names)
        answers.append(DueNow(question.workflow, count, followed_up, names))
    total = _people([due for due, answer in zip(waiting, answers, strict=True) if answer.count], answers)
    answer = {
        "due": answers,
        "due_total": min(total, COUNTED),
        "due_is_more": total > COUNTED or len(workflows) > WORKFLOWS_ASKED,
        # A large club hears of them with its next check: to ask of everyone now would take too long.
        "left_next": [] if size > LARGE else left_next(questions, COUNTED),
        "has_more_workflows": len(workflows) > WORKFLOWS_ASKED,
        "has_workflows": bool(workflows),
    }
    return answer, size > LARGE


def first_messages_of(workflows: Sequence[Workflow]) -> dict[int, FirstMessage]:
    """What `first_message` says of each workflow, in two queries for all."""
    clubs = {workflow.pk: workflow.club_id for workflow in workflows}
    firsts: dict[int, Step] = {}
    steps = Step.objects.filter(workflow__in=workflows, action=SendMessage.kind)
    for step in steps.order_by("position", "id"):
        firsts.setdefault(step.workflow_id, step)
    found = first_messages([(clubs[pk], step) for pk, step in firsts.items()])
    return dict.fromkeys(clubs, FirstMessage()) | dict(zip(firsts, found, strict=True))


def _can_be_asked(question: Question) -> bool:
    """Not one that cannot be read any more; its own page says why."""
    try:
        question.occurrences  # noqa: B018
    except (UnknownBlock, ValidationError):
        return False
    return True


def _due(question: Question) -> QuerySet[Any]:
    return question.members().filter(question.occurrences.may_be_due, decided=Reason.DUE)


def _followed_up(question: Question) -> QuerySet[Any]:
    """Who was followed up for this since yesterday. Whoever cools down passed all else."""
    return question.members().filter(
        question.occurrences.may_be_due, _lately(question), decided=Reason.COOLDOWN
    )


def _lately(question: Question) -> Q:
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


def _people(waiting: list[QuerySet[Any]], answers: list[DueNow]) -> int:
    """How many wait, each once, whichever workflows would follow them up; more than COUNTED where nobody counted on."""
    most = max((answer.count for answer in answers), default=0)
    if len(waiting) < 2 or most > COUNTED:
        return most
    first, *others = (due.order_by().values("pk") for due in waiting)
    return first.union(*others).count()


def _members(question: Question) -> list[dict[str, Any]]:
    either = question.members().filter(
        Q(decided=Reason.DUE) | Q(_lately(question), decided=Reason.COOLDOWN), question.occurrences.may_be_due
    )
    return [
        {
            "member": member,
            "days": question.clock.days_away(question.clock.day_of(member.fact)) if member.fact else None,
            "is_waiting": member.decided == Reason.DUE,
        }
        for member in either.order_by(Case(When(decided=Reason.DUE, then=0), default=1), "fact", "pk")[:SHOWN]
    ]
