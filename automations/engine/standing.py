"""What stands decided about each member, beside what is true now."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from automations.engine.classification import Question
from automations.models import Reason

ENTERING = (Reason.DUE, Reason.CONTROL)

Some = Mapping[str, object]
"""Which members: lookups on their id, such as {"gt": 1, "lte": 50_000}."""


def of_members(some: Some, member: str = "pk") -> Q:
    return Q(**{f"{member}__{lookup}": value for lookup, value in some.items()})


def _with_standing(question: Question, some: Some) -> QuerySet[Any]:
    """The classified members, each with what the decision that stands for her says, if one does."""
    joined: QuerySet[Any] = (
        question.members()
        .filter(of_members(some))
        .annotate(
            standing_decision=FilteredRelation(
                "decisions",
                # The members once more: a database does not carry a range over from the other side of a join.
                condition=Q(decisions__workflow=question.workflow, decisions__until_run=None)
                & of_members(some, "decisions__member"),
            ),
            standing=F("standing_decision__pk"),
            standing_run=F("standing_decision__from_run"),
            standing_reason=F("standing_decision__reason"),
            standing_channel=F("standing_decision__channel"),
            standing_fact=F("standing_decision__fact_at"),
            standing_occurrence=F("standing_decision__occurrence"),
        )
    )
    return joined


def differing(question: Question, some: Some) -> QuerySet[Any]:
    """Those for whom no decision stands, or one that differs from what is true now."""
    long_ago = Value(dt.datetime(1, 1, 2, tzinfo=dt.UTC))
    # Annotations only: negating a condition across the relation itself makes a subquery of it, for each member.
    return _with_standing(question, some).filter(
        Q(standing__isnull=True)
        | ~Q(standing_channel=question.channel)
        | ~Q(Exact(Coalesce("standing_fact", long_ago), Coalesce("fact", long_ago)))
        # Decided before this reason was one that a person takes over.
        | Q(standing_reason__in=question.trigger.handed_over(question.params), standing_occurrence="")
        | ~Q(standing_reason=F("decided"))
        # Due once more, for something else of the same instant. What stood is what is decided now, or the line above has
        # said so; naming that once more would classify everyone twice.
        | (Q(standing_reason__in=ENTERING) & ~Q(standing_occurrence=F("occurrence_key")))
    )
