"""The panel above a workflow's form: the sentence, who would be messaged, who not and why, before anything is saved."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from automations.admin.workflow_form import Draft, errors_by_name, what_is_wrong
from automations.blocks import UnknownBlock
from automations.engine.classification import Question
from automations.engine.looking_back import DAYS, look_back
from automations.models import Workflow
from automations.reports.consequences import consequences
from automations.reports.estimates import amount, estimate
from automations.reports.overlaps import overlap_in_words
from automations.reports.preview import preview
from automations.rules.sentences import workflow_sentence
from automations.triggers import TRIGGERS
from automations.triggers.base import Trigger
from members.admin.scoping import ClubScopedAdmin


class WithPreview(ClubScopedAdmin):
    """Adds the panel and the address that it asks; the same form, formset and question as Save and the engine."""

    change_form_outer_before_template = "admin/automations/workflow_panel.html"

    def get_urls(self) -> list[Any]:
        either = require_http_methods(["GET", "POST"])
        view = self.admin_site.admin_view(either(self.preview_view))
        back = self.admin_site.admin_view(either(self.look_back_view))
        return [
            path("preview/", view, name="automations_workflow_preview_new"),
            path("<int:object_id>/preview/", view, name="automations_workflow_preview"),
            path("looking-back/", back, name="automations_workflow_look_back_new"),
            path("<int:object_id>/looking-back/", back, name="automations_workflow_look_back"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, object_id: int | None = None) -> HttpResponse:
        """POST what is typed, or GET what is stored. Writes nothing."""
        draft = self._asked_about(request, object_id)
        return render(request, "admin/automations/workflow_preview.html", self._answer(request, draft))

    def look_back_view(self, request: HttpRequest, object_id: int | None = None) -> HttpResponse:
        """The same for the last 90 days."""
        draft = self._asked_about(request, object_id)
        context: dict[str, Any] = {"draft": draft}
        if not draft.errors:
            context |= _looked_back(draft)
        return render(request, "admin/automations/workflow_look_back.html", context)

    def _asked_about(self, request: HttpRequest, object_id: int | None) -> Draft:
        workflow: Workflow | None = self.get_object(request, str(object_id)) if object_id else None
        if object_id and workflow is None:
            raise Http404
        if request.method == "POST":
            may = (
                self.has_change_permission(request, workflow)
                if workflow
                else self.has_add_permission(request)
            )
            draft = self.draft(request, workflow) if may else None
        else:
            may = workflow is not None and self.has_view_permission(request, workflow)
            draft = _as_stored(workflow) if workflow and may else None
        if draft is None:
            raise PermissionDenied
        return draft

    def draft(self, request: HttpRequest, workflow: Workflow | None) -> Draft:
        """What is typed, by the same validation as Save; nothing is saved."""
        form = self.get_form(request, workflow, change=workflow is not None)(request.POST, instance=workflow)
        errors, wrong = errors_by_name(form), what_is_wrong(form)
        formsets, _inlines = self._create_formsets(request, form.instance, change=workflow is not None)
        (steps,) = formsets
        steps.is_valid()
        for step_form in steps.forms:
            if steps.is_kept(step_form):
                errors += errors_by_name(step_form)
                wrong += what_is_wrong(step_form)
        of_all = [str(error) for error in steps.non_form_errors()]
        errors += [("", said) for said in of_all]
        if errors:
            return Draft(form.instance, errors=errors, wrong=wrong + of_all)
        return Draft(form.instance, steps.drafted(), consequences=steps.consequences)

    def _answer(self, request: HttpRequest, draft: Draft) -> dict[str, Any]:
        workflow = draft.workflow
        context: dict[str, Any] = {"draft": draft, "workflow": workflow, "errors": draft.errors}
        if draft.errors:
            return context
        question = Question(workflow, timezone.now(), drafted=draft.steps)
        context |= {
            "sentence": workflow_sentence(workflow, draft.steps),
            "consequences": draft.consequences,
            "overlap": overlap_in_words(workflow, draft.steps),
            "sends": question.channel,
            "may_name": request.user.has_perm("members.view_member"),
        }
        try:
            context["preview"] = found = preview(question)
            context["estimate"] = estimate(
                workflow, draft.steps, due=found.due.count, is_more=found.is_more, now=question.now
            )
        except (UnknownBlock, ValidationError):
            # The sentence says what is wrong with it.
            context["preview"] = None
        return context


def _looked_back(draft: Draft) -> dict[str, Any]:
    """What to say of the last 90 days; `slider` sets the trigger's main number in the form."""
    workflow = draft.workflow
    try:
        trigger = TRIGGERS[workflow.trigger]
        if not trigger.looks_back:
            return {"cannot": True}
        found = look_back(workflow, now=timezone.now(), steps=draft.steps)
    except (UnknownBlock, ValidationError):
        return {"cannot": True}
    a_week = amount(workflow, draft.steps, found.followed_up / (DAYS / 7))
    return {"found": found, "a_week": a_week, "slider": _slider(trigger, workflow)}


def _slider(trigger: Trigger, workflow: Workflow) -> dict[str, Any] | None:
    if trigger.main_number is None:
        return None
    name, least, most = trigger.main_number
    params = workflow.trigger_params
    value = params.get(name) or 0

    def fits(number: int) -> bool:
        return bool(trigger.Form({**params, name: number}, club=workflow.club).is_valid())

    # Not beyond another limit of the same trigger, where the form would refuse it.
    allowed = [number for number in range(min(least, value), max(most, value) + 1) if fits(number)]
    return {
        "name": f"trigger_params-{trigger.kind}-{name}",
        "label": trigger.Form.base_fields[name].label,
        "least": allowed[0],
        "most": allowed[-1],
        "value": value,
    }


def _as_stored(workflow: Workflow) -> Draft:
    steps = list(workflow.steps.all())
    return Draft(
        workflow,
        steps,
        consequences=consequences(workflow, is_enabled=workflow.is_enabled, before=steps),
    )
