"""Copying a workflow, and bringing one back as it was: always switched as it is or off, never on by itself."""

import datetime as dt
from collections.abc import Sequence
from copy import copy
from typing import Any

from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from automations.actions.wordings import templates_named
from automations.models import Step, Workflow
from automations.operations.steps import settle_steps
from members.models import Club
from messaging.models import MessageTemplate

OWN = ("id", "club", "slug", "name", "is_enabled")
"""What a copy does not take over; nor what is not edited, such as that somebody paused it."""
OF_A_STEP = (
    "position",
    "delay",
    "delay_unit",
    "at_time",
    "at_weekday",
    "action",
    "action_params",
    "stops_on_failure",
)
ONE_SAVE = dt.timedelta(seconds=2)
"""A workflow and its steps are saved one after the other; what lies closer together than this is one change."""


class AsItWas(Exception):
    """There is nothing to bring back: the workflow is as it was then, or nobody knows how it was."""


@transaction.atomic
def copy_workflow(*, workflow: Workflow, club: Club, name: str) -> Workflow:
    """With its steps, switched off. Another club gets the templates that it has none of that short name for.

    Raises ValidationError for what does not fit the other club, such as a person who does not work there.
    """
    Club.objects.select_for_update(no_key=True).get(pk=club.pk)
    fields = {each: getattr(workflow, each) for each in _edited()}
    copy = Workflow(**fields, club=club, name=name, slug=_free_slug(workflow.slug, club))
    if club.pk != workflow.club_id:
        _copy_templates(workflow, club)
    copy.full_clean()
    copy.save()
    for step in workflow.steps.order_by("position", "pk"):
        twin = Step(workflow=copy, **{each: getattr(step, each) for each in OF_A_STEP})
        twin.full_clean()
        twin.save()
    return copy


@transaction.atomic
def bring_back(*, workflow_id: int, at: dt.datetime) -> Workflow:
    """Workflow and steps as they were after the change made at that instant; on or off as it is now.

    A step that was deleted since comes back as a new one. Raises AsItWas, and ValidationError if it would not fit any more.
    """
    workflow = (
        Workflow.objects.select_for_update(no_key=True, of=("self",))
        .select_related("club")
        .get(pk=workflow_id)
    )
    order_before = list(workflow.steps.order_by("position", "pk"))
    brought, steps = as_it_was(workflow, at, order_before)
    brought.full_clean()
    brought._change_reason = _("Brought back as it was")  # type: ignore[attr-defined]
    brought.save()
    for step in steps:
        step.full_clean()
        step.save()
    kept = {step.pk for step in steps}
    gone = [step for step in order_before if step.pk not in kept]
    settle_steps(workflow=brought, order_before=order_before, deleted=gone)
    return brought


def as_it_was(workflow: Workflow, at: dt.datetime, now: Sequence[Step]) -> tuple[Workflow, list[Step]]:
    """The workflow, and its steps in their order, as bringing it back would save them: copies. Raises AsItWas.

    `now`: its present steps in their order.
    """
    at = _end_of_save(workflow, at)
    then = workflow.history.filter(history_date__lte=at).order_by("-history_date", "-history_id").first()
    steps_then = steps_at(workflow, at)
    if then is None or not _differs(workflow, then, now, steps_then):
        raise AsItWas
    brought = copy(workflow)
    for each in (*_edited(), "name"):
        setattr(brought, each, getattr(then, each))
    known = {step.pk: step for step in now}
    steps = []
    for pk, row in steps_then.items():
        step = copy(known[pk]) if pk in known else Step(workflow=brought)
        for each in OF_A_STEP:
            setattr(step, each, getattr(row, each))
        steps.append(step)
    return brought, steps


def steps_at(workflow: Workflow, at: dt.datetime) -> dict[int, Any]:
    """What the history knows of the steps that there were then, by their keys, in their order."""
    latest: dict[int, Any] = {}
    rows = Step.history.filter(workflow=workflow.pk, history_date__lte=at)
    for row in rows.order_by("history_date", "history_id"):
        latest[row.id] = row
    there = [row for row in latest.values() if row.history_type != "-"]
    known = {row.id: row for row in sorted(there, key=lambda row: (row.position, row.id))}
    # One that came from a file has no history until it is changed, and has been as it is.
    every = set(Step.history.filter(workflow=workflow.pk).values_list("id", flat=True))
    return known | {step.pk: step for step in workflow.steps.all() if step.pk not in every}


def _edited() -> list[str]:
    return [
        field.name
        for field in Workflow._meta.concrete_fields
        if field.editable and field.name not in OWN and not field.primary_key
    ]


def _differs(workflow: Workflow, then: Any, now: Sequence[Step], steps_then: dict[int, Any]) -> bool:
    if any(getattr(workflow, each) != getattr(then, each) for each in (*_edited(), "name")):
        return True
    return [_content(step) for step in now] != [_content(row) for row in steps_then.values()]


def _content(step: Any) -> list[Any]:
    return [getattr(step, each) for each in OF_A_STEP]


def _end_of_save(workflow: Workflow, at: dt.datetime) -> dt.datetime:
    later = [
        *workflow.history.filter(history_date__gt=at).values_list("history_date", flat=True),
        *Step.history.filter(workflow=workflow.pk, history_date__gt=at).values_list(
            "history_date", flat=True
        ),
    ]
    for instant in sorted(later):
        if instant - at > ONE_SAVE:
            break
        at = instant
    return at


def _free_slug(slug: str, club: Club) -> str:
    taken = set(Workflow.objects.filter(club=club).values_list("slug", flat=True))
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{Truncator(slug).chars(50 - len(str(number)) - 1, truncate='')}-{number}"
    return free


def _copy_templates(workflow: Workflow, club: Club) -> None:
    named = {slug for step in workflow.steps.all() for slug in templates_named(step.action_params)}
    theirs = set(MessageTemplate.objects.filter(club=club, slug__in=named).values_list("slug", flat=True))
    for template in MessageTemplate.objects.filter(club=workflow.club_id, slug__in=named - theirs):
        template.pk, template.club, template.version = None, club, 1
        template._state.adding = True
        template.full_clean()
        template.save()
