"""Who is due now: waiting for a workflow's next check, or followed up since yesterday and not back."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet

from automations.actions.send_message import SendMessage
from automations.blocks import UnknownBlock
from automations.engine.classification import Question
from automations.models import Enrollment, Reason, Step, Workflow
from members.models import Member
from members.models.bulk import count_each
from members.rules.days import DAY, start_of_day
from messaging.models import MessageTemplate

SHOWN, COUNTED = 10, 1_000
WORKFLOWS_ASKED, WORKFLOWS_NAMED = 20, 5
LARGE, KEPT_FOR = 20_000, dt.timedelta(minutes=5)


@dataclass(frozen=True)
class DueNow:
    workflow: Workflow
    count: int
    members: list[dict[str, Any]]

    @property
    def is_more(self) -> bool:
        return self.count > COUNTED

    @property
    def unnamed(self) -> int:
        return min(self.count, COUNTED) - len(self.members)


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
    """Counts of all in one statement, however many workflows; names for the first few that have anybody."""
    enabled = Workflow.objects.filter(club__in=clubs, is_enabled=True)
    workflows = list(enabled.select_related("club").prefetch_related("club__closures")[: WORKFLOWS_ASKED + 1])
    questions = [Question(workflow, now) for workflow in workflows[:WORKFLOWS_ASKED]]
    channels = channels_of([question.workflow for question in questions])
    for question in questions:
        # Told beforehand, so that each need not ask for its own.
        vars(question)["channel"] = channels[question.workflow.pk]
    asked = [(question, due) for question in questions if (due := _due(question)) is not None]
    size, *counts = [
        *count_each([Member.objects.filter(club__in=clubs)], at_most=LARGE + 1),
        *count_each([due for _, due in asked], at_most=COUNTED + 1),
    ]
    answers = []
    to_name = WORKFLOWS_NAMED
    for (question, due), count in zip(asked, counts, strict=True):
        names = _members(question, due) if count and to_name else []
        to_name -= bool(names)
        answers.append(DueNow(question.workflow, count, names))
    answer = {
        "due": answers,
        "due_total": sum(min(answer.count, COUNTED) for answer in answers),
        "due_is_more": any(answer.is_more for answer in answers) or len(workflows) > WORKFLOWS_ASKED,
        "has_more_workflows": len(workflows) > WORKFLOWS_ASKED,
        "has_workflows": bool(workflows),
    }
    return answer, size > LARGE


def channels_of(workflows: Sequence[Workflow]) -> dict[int, str]:
    """What `channel_of` says of each workflow, in two queries for all."""
    steps = Step.objects.filter(workflow__in=workflows, action=SendMessage.kind)
    slugs: dict[int, Any] = {}
    for step in steps.order_by("position", "id"):
        slugs.setdefault(step.workflow_id, step.action_params.get("template"))
    templates = MessageTemplate.objects.filter(
        club__in={workflow.club_id for workflow in workflows},
        slug__in=[slug for slug in slugs.values() if slug],
    )
    channels: dict[tuple[int, Any], str] = {
        (club, slug): channel for club, slug, channel in templates.values_list("club", "slug", "channel")
    }
    return {
        workflow.pk: channels.get((workflow.club_id, slugs.get(workflow.pk)), "") for workflow in workflows
    }


def _due(question: Question) -> QuerySet[Any] | None:
    """None for a workflow that cannot be read any more; its own page says why."""
    followed_up = Enrollment.objects.filter(
        workflow=question.workflow,
        member=OuterRef("pk"),
        occurrence=OuterRef("occurrence_key"),
        enrolled_at__gte=start_of_day(question.clock.today - DAY, question.workflow.club.zone),
    )
    try:
        # Who cools down passed all else: either of the two may be due.
        return question.members().filter(
            Q(decided=Reason.DUE) | Q(Exists(followed_up), decided=Reason.COOLDOWN),
            question.occurrences.may_be_due,
        )
    except (UnknownBlock, ValidationError):
        return None


def _members(question: Question, due: QuerySet[Any]) -> list[dict[str, Any]]:
    return [
        {
            "member": member,
            "days": question.clock.days_away(question.clock.day_of(member.fact)) if member.fact else None,
            "is_waiting": member.decided == Reason.DUE,
        }
        for member in due.order_by("fact", "pk")[:SHOWN]
    ]
