"""Who is left to a person: a staff task for each, once per occurrence, whichever workflow of the club asks."""

import datetime as dt
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from automations.engine.classification import Question
from automations.models import Decision
from members.models import Club, StaffTask
from members.models.bulk import insert_from
from members.operations.staff_turns import present_staff

DUE_IN = dt.timedelta(days=2)

Left = tuple[int, dt.datetime | None]
"""A member's id, and the instant that being left to a person counts from."""


def hand_over(question: Question, decisions: QuerySet[Decision]) -> None:
    """A staff task for each: for her trainer if she works here and is not on leave, else for whoever is at the desk.

    None beside one that another workflow opened for the same and that is still open.
    """
    if not decisions.exists():
        return
    workflow = question.workflow
    # Two workflows of the club that are asked side by side would not see each other's.
    Club.objects.select_for_update(no_key=True).get(pk=workflow.club_id)
    today = workflow.club.today(question.now)
    working = present_staff(club=workflow.club, day=today).filter(pk=OuterRef("member__trainer"))
    insert_from(
        StaffTask,
        decisions.exclude(_has_its_task(question, "member", "fact_at", "reason", "occurrence")),
        {
            "club": Value(workflow.club_id),
            "member": F("member_id"),
            "description": Value(question.trigger.hand_over_description(question.params)),
            "priority": Value(StaffTask.Priority.HIGH.value),
            "due_on": Value(today + DUE_IN),
            "assignee": Case(When(Exists(working), then=F("member__trainer_id")), default=None),
            "status": Value(StaffTask.Status.PENDING.value),
            "note": Value(""),
            "cause": Concat(
                Value(f"{workflow.slug}:"), F("reason"), Value(":"), F("occurrence"), output_field=CharField()
            ),
            "opened_at": Value(question.now),
        },
    )


def left_next(questions: Sequence[Question], at_most: int) -> list[Left]:
    """For whom the next check opens such a task, longest away first; one statement for all the questions."""
    asked = [left for question in questions if (left := _left_next(question)) is not None]
    if not asked:
        return []
    first, *others = (left.order_by().values_list("pk", "fact") for left in asked)
    found: dict[int, Left] = {}
    for row in first.union(*others).order_by("fact", "pk")[: at_most + 1]:
        found.setdefault(row[0], row)
    return list(found.values())


def _left_next(question: Question) -> QuerySet[Any] | None:
    handed_over = question.trigger.handed_over(question.params)
    if not handed_over:
        return None
    # Where they lie, so that a database need not decide about everyone else.
    edges = question.trigger.edges(question.clock, question.params)
    where = reduce(or_, (edge.where for edge in edges if edge.reasons & handed_over), Q())
    # By key: nobody was decided about by one that is not saved yet.
    known = Decision.objects.filter(
        workflow_id=question.workflow.pk, member=OuterRef("pk"), until_run=None, reason__in=handed_over
    ).exclude(occurrence="")
    left = question.members().filter(where, ~Exists(known), decided__in=handed_over)
    return left.exclude(_has_its_task(question, "pk", "fact", "decided", "occurrence_key"))


def _has_its_task(question: Question, member: str, fact_at: str, reason: str, occurrence: str) -> Q:
    """Of rows with these columns: somebody looks after this occurrence already, or this workflow asked for it before."""
    tasks = StaffTask.objects.filter(member=OuterRef(member))
    for_the_same = Concat(
        Value(":"), OuterRef(reason), Value(":"), OuterRef(occurrence), output_field=CharField()
    )
    found = Q(Exists(tasks.filter(status__in=StaffTask.OPEN, cause__endswith=for_the_same)))
    if not question.trigger.lasts:
        return found
    # By time: a corrected date or another time zone may give the same absence another name.
    about_the_like = Concat(Value(":"), OuterRef(reason), Value(":"), output_field=CharField())
    by_any = Q(status__in=StaffTask.OPEN, cause__contains=about_the_like)
    own = Q(cause__startswith=f"{question.workflow.slug}:")
    return found | Q(Exists(tasks.filter(own | by_any, opened_at__gt=OuterRef(fact_at))))
