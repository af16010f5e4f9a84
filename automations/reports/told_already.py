"""Whom a person was quicker with: the members who are due, and whose message its step will skip."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from automations.actions.send_message import SendMessage
from automations.actions.wordings import templates_named
from automations.engine.classification import Question
from messaging.models import Message
from messaging.operations.by_hand import ORIGIN as BY_HAND

COUNTED = 1_000
NAMED = 10


@dataclass(frozen=True)
class ToldAlready:
    """How many, a thousand at most, and the first few by key and first name."""

    count: int
    people: list[tuple[int, str]]


def told_already(question: Question) -> ToldAlready | None:
    """As the step itself will see it, of the workflow's first message; None if it concerns nobody."""
    slugs = _templates(question)
    # What happens more than once to somebody is new each time.
    if not slugs or question.trigger.several:
        return None
    club = question.workflow.club_id
    by_hand = Message.objects.filter(
        club=club, origin=BY_HAND, template__club=club, template__slug__in=slugs
    ).exclude(status__in=[Message.Status.SKIPPED, Message.Status.FAILED])
    # Mostly nobody was, and then nobody's reason has to be worked out for it.
    if not by_hand.exists():
        return None
    told = _due(question, by_hand).order_by("fact", "pk")
    count = told.order_by()[:COUNTED].count()
    return ToldAlready(count, list(told.values_list("pk", "first_name")[:NAMED])) if count else None


def _due(question: Question, by_hand: QuerySet[Message]) -> QuerySet[Any]:
    return question.due().filter(
        Exists(by_hand.filter(member=OuterRef("pk"), created_at__gte=OuterRef("fact"))),
        pk__in=by_hand.values("member"),
    )


def _templates(question: Question) -> set[str]:
    steps = question.workflow.steps.all() if question.drafted is None else question.drafted
    first = next((step for step in steps if step.action == SendMessage.kind), None)
    return set(templates_named(first.action_params)) if first else set()
