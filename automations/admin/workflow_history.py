"""What was changed in a workflow and in its steps, by whom and when, in words."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions import ACTIONS
from automations.admin.workflow_form import BRAKES, StepForm, WorkflowForm
from automations.blocks import Block, Registry, UnknownBlock
from automations.goals import GOALS
from automations.models import Step, Workflow
from automations.reports.alert_words import why_paused
from automations.reports.step_changes import in_words
from automations.rules.sentences import conditions_sentence
from automations.triggers import TRIGGERS
from members.admin.columns import when
from members.models import Club

PER_PAGE = 50
# What came from a file has no history of its own until it is changed.
UNKNOWN_BEFORE = gettext_lazy("Changed; what it was before was not kept.")
UNKNOWN_STEP_BEFORE = gettext_lazy("Step %(number)s changed; what it was before was not kept. Now: %(step)s.")
PLAIN = (
    "name",
    "description",
    "goal",
    "goal_days",
    "in_person",
    "in_person_hours",
    "cooldown_days",
    "patience_hours",
    "control_percent",
    *BRAKES,
)
WAITS = {"delay", "delay_unit", "at_time", "at_weekday"}


@dataclass(frozen=True)
class Change:
    """One save: who did what at which instant."""

    at: dt.datetime
    when: str
    who: str
    what: list[str]

    @property
    def instant(self) -> str:
        return self.at.isoformat()


class HistoryInWords:
    """Replaces the list of versions by what changed between them, steps and all."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        workflow: Workflow | None = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if workflow is None:
            raise Http404
        if not self.has_view_permission(request, workflow):  # type: ignore[attr-defined]
            raise PermissionDenied
        changes = changes_of(workflow)
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("What was changed: %(name)s") % {"name": workflow},
            "opts": Workflow._meta,
            "workflow": workflow,
            "may_change": self.has_change_permission(request, workflow),  # type: ignore[attr-defined]
            "object": workflow,
            "page": Paginator(changes, PER_PAGE).get_page(request.GET.get("p")),
            **(extra_context or {}),
        }
        return render(request, "admin/automations/workflow_history.html", context)


def changes_of(workflow: Workflow) -> list[Change]:
    """The newest first; three queries."""
    changes: list[Change] = []
    before: Any = None
    for row in workflow.history.select_related("history_user").order_by("history_date", "history_id"):
        if what := list(_of_workflow(before, row, workflow.club)):
            changes.append(_change(workflow, row, what))
        before = row
    last: dict[int, Any] = {}
    rows = Step.history.filter(workflow=workflow.pk).select_related("history_user")
    for row in rows.order_by("history_date", "history_id"):
        if what := list(_of_step(last.get(row.id), row, workflow.club)):
            changes.append(_change(workflow, row, what))
        last[row.id] = row
    return sorted(changes, key=lambda change: change.at, reverse=True)


def _change(workflow: Workflow, row: Any, what: list[str]) -> Change:
    who = str(row.history_user) if row.history_user else _("Rollcall itself")
    because = [f"{row.history_change_reason}."] if row.history_change_reason else []
    return Change(row.history_date, when(row.history_date, workflow.club), who, because + what)


def _of_workflow(before: Any, row: Any, club: Club) -> Iterator[str]:
    if before is None:
        known = row.history_type == "+"
        yield (_("Added “%(name)s”.") if known else UNKNOWN_BEFORE) % {"name": row.name}
        return
    if (before.paused_at is None) != (row.paused_at is None):
        yield (
            _("Paused by itself: %(why)s") % {"why": why_paused(row.paused_because)}
            if row.paused_at
            else _("Let go on after it was paused.")
        )
    if before.is_enabled != row.is_enabled:
        yield _("Switched on.") if row.is_enabled else _("Switched off.")
    for name in PLAIN:
        old, new = (
            _goal(getattr(one, name)) if name == "goal" else getattr(one, name) for one in (before, row)
        )
        if old != new:
            yield _from_to(WorkflowForm.Meta.labels.get(name, name), old, new)
    if before.trigger != row.trigger:
        yield _from_to(_("trigger"), _label(TRIGGERS, before.trigger), _label(TRIGGERS, row.trigger))
    else:
        yield from _params(TRIGGERS, row.trigger, before.trigger_params, row.trigger_params)
    if before.conditions != row.conditions:
        old, new = (_conditions(one.conditions, club) for one in (before, row))
        yield _from_to(_("if"), old, new)


def _of_step(before: Any, row: Any, club: Club) -> Iterator[str]:
    words = {"number": row.position, "step": _sentence(row, club)}
    if row.history_type == "-":
        yield _("Step %(number)s deleted: %(step)s.") % words
    elif before is None:
        yield (_("Step added: %(step)s.") if row.history_type == "+" else UNKNOWN_STEP_BEFORE) % words
    else:
        if before.position != row.position:
            yield (_("Step moved from %(old)s to %(number)s: %(step)s.") % {**words, "old": before.position})
        named = _("step %(number)s") % words
        if before.action != row.action or any(getattr(before, name) != getattr(row, name) for name in WAITS):
            yield _from_to(named, _sentence(before, club), _sentence(row, club))
        else:
            old, new = (_named(one.action, one.action_params, club) for one in (before, row))
            for said in _params(ACTIONS, row.action, old, new):
                yield f"{capfirst(named)}: {said}"
        if before.stops_on_failure != row.stops_on_failure:
            label = StepForm.Meta.labels["stops_on_failure"]
            yield f"{capfirst(named)}: {_from_to(label, before.stops_on_failure, row.stops_on_failure)}"


def _params(registry: Registry[Any], kind: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        # Parameters stored before a block got a new optional one are no different.
        if was != now and not (was in (None, "") and now in (None, "")):
            yield _from_to(_field_label(registry, kind, name), was, now)


def _field_label(registry: Registry[Any], kind: str, name: str) -> str:
    try:
        block: Block = registry[kind]
    except UnknownBlock:
        return name.replace("_", " ")
    field = block.Form.base_fields.get(name)
    return str(field.label) if field and field.label else name.replace("_", " ")


def _label(registry: Registry[Any], kind: str) -> str:
    try:
        return str(registry[kind].label)
    except UnknownBlock:
        return kind.replace("_", " ")


def _goal(kind: str) -> str:
    try:
        return str(GOALS[kind].until) if kind else ""
    except UnknownBlock:
        return kind


def _conditions(stored: dict[str, Any], club: Club) -> str:
    try:
        return conditions_sentence(stored, club)
    except ValidationError:
        return _("conditions that cannot be read any more")


def _named(kind: str, params: dict[str, Any], club: Club) -> dict[str, Any]:
    try:
        return ACTIONS[kind].named(params, club)
    except LookupError:
        return params


def _sentence(row: Any, club: Club) -> str:
    return in_words(
        Step(
            action=row.action,
            action_params=row.action_params,
            delay=row.delay,
            delay_unit=row.delay_unit,
            at_time=row.at_time,
            at_weekday=row.at_weekday,
        ),
        club,
    )


def _from_to(what: Any, old: Any, new: Any) -> str:
    words = {"what": capfirst(str(what)), "old": _value(old), "new": _value(new)}
    return _("%(what)s: from “%(old)s” to “%(new)s”.") % words


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _("nothing") if value in (None, "") else str(value)
