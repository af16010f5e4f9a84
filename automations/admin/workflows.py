"""Workflows: a trigger and its steps, each with the parameters of its kind."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import BooleanRadioFilter

from automations.admin.oops import WithOops
from automations.admin.typed_params import BlockForms
from automations.admin.workflow_brakes import WithBrakes
from automations.admin.workflow_copies import WithCopies
from automations.admin.workflow_form import BRAKES, StepFormSet, StepInline, WorkflowForm, club_asked_for
from automations.admin.workflow_history import HistoryInWords
from automations.admin.workflow_list import WithStartingLibrary, WorkflowColumns, goal_label
from automations.admin.workflow_preview import WithPreview
from automations.admin.workflow_runs import WithRuns
from automations.models import Workflow
from automations.operations.steps import settle_steps
from automations.reports.comparison import compare
from automations.reports.overlaps import overlap_in_words
from automations.reports.returns import numbers_of
from automations.reports.variants import is_too_early, wordings_compared
from automations.rules.sentences import workflow_sentence
from automations.triggers import TRIGGERS
from members.admin.scoping import ClubScopedAdmin, ScopedFilter, WithHistory, visible_club_ids


@admin.register(Workflow)
class WorkflowAdmin(
    HistoryInWords,
    WithBrakes,
    WithCopies,
    WithRuns,
    WithOops,
    WithStartingLibrary,
    WorkflowColumns,
    WithPreview,
    WithHistory,
    ClubScopedAdmin,
):
    club_path = "club"
    # Messages, staff tasks and commands name a workflow by club and short name.
    fixed_once_saved = ("club", "slug")
    form = WorkflowForm
    inlines = [StepInline]
    list_display = ["titled", "state", "sentence", "last_run", "sent", "returned", "successes"]
    list_filter = [("is_enabled", BooleanRadioFilter), ("club", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["club"]
    # Those that do something first.
    ordering = ["-is_enabled", "name"]
    search_fields = ["name", "slug", "description"]
    filled_from = {"slug": ["name"]}
    change_form_show_cancel_button = True
    change_form_after_template = "admin/automations/workflow_stays.html"
    fieldsets = [
        (None, {"fields": ["club", "name", "is_enabled"]}),
        (_("When"), {"fields": ["trigger", "trigger_params"]}),
        (_("If"), {"fields": ["conditions"], "classes": ["rollcall-before-then"]}),
        (_("Until"), {"fields": ["goal", "goal_days"]}),
        (_("In person"), {"fields": ["in_person", "in_person_hours"], "classes": ["collapse"]}),
        (_("How often, how late"), {"fields": ["cooldown_days", "patience_hours", "control_percent"]}),
        (_("Brakes"), {"fields": list(BRAKES), "classes": ["collapse"]}),
        (_("About it"), {"fields": ["slug", "category", "description"], "classes": ["collapse"]}),
    ]

    class Media:
        css = {"all": ["rollcall/workflow.css"]}
        js = ["rollcall/workflow.js", "rollcall/look_back.js"]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.run_result)
        name = "automations_workflow_run_result"
        return [path("<int:object_id>/runs/<int:run_id>/", view, name=name), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workflow]:
        return (
            super()
            .get_queryset(request)
            .select_related("club")
            # With what the sentences name.
            .prefetch_related(
                "steps",
                "club__message_templates",
                "club__segments",
                "club__custom_fields",
                "club__staff",
            )
        )

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "club"] if len(visible_club_ids(request)) > 1 else list(self.list_display)

    def get_form(
        self, request: HttpRequest, obj: Workflow | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.block_forms = BlockForms(TRIGGERS, obj.club if obj else club_asked_for(request))
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        club = club_asked_for(request)
        return {**super().get_changeform_initial_data(request), **({"club": club.pk} if club else {})}

    def get_fieldsets(self, request: HttpRequest, obj: Workflow | None = None) -> Any:
        """To somebody who may only look, sentences instead of what would be filled in."""
        if self._is_only_read(request, obj):
            return [(None, {"fields": ["club", "name", "state", "in_a_sentence", "limits", "description"]})]
        return super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        more = ("state", "in_a_sentence", "limits") if self._is_only_read(request, obj) else ()
        return (*super().get_readonly_fields(request, obj), *more)

    def get_inlines(self, request: HttpRequest, obj: Workflow | None) -> list[Any]:
        return [] if self._is_only_read(request, obj) else list(super().get_inlines(request, obj))

    def _is_only_read(self, request: HttpRequest, workflow: Workflow | None) -> bool:
        return workflow is not None and not self.has_change_permission(request, workflow)

    @admin.display(description=_("what it does"))
    def in_a_sentence(self, workflow: Workflow) -> str:
        return workflow_sentence(workflow)

    @admin.display(description=_("how often, how late"))
    def limits(self, workflow: Workflow) -> str:
        again = ngettext(
            "The same member again after %(n)s day at the earliest.",
            "The same member again after %(n)s days at the earliest.",
            workflow.cooldown_days,
        ) % {"n": workflow.cooldown_days}
        late = ngettext(
            "What is %(n)s hour late is not sent any more.",
            "What is %(n)s hours late is not sent any more.",
            workflow.patience_hours,
        ) % {"n": workflow.patience_hours}
        return f"{again} {late}"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not of one that has run: its log stays."""
        return super().has_delete_permission(request, obj) and not (obj and self._has_run(obj))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        workflow: Workflow | None = kwargs.get("obj")
        context["stays"] = bool(
            workflow and super().has_delete_permission(request, workflow) and self._has_run(workflow)
        )
        if workflow and request.method == "GET":
            context["comparison"] = compare(workflow, now=timezone.now())
            context["wordings"] = wordings = wordings_compared(workflow, timezone.now())
            context["wordings_early"] = is_too_early(wordings)
            if workflow.goal:
                context["goal"] = goal_label(workflow.goal)
                context["numbers"] = numbers_of([workflow], timezone.now())[workflow.pk]
        context["is_live"] = self.has_change_permission(request, workflow) if workflow else True
        for inline in context["inline_admin_formsets"]:
            formset = inline.formset
            if isinstance(formset, StepFormSet) and formset.is_bound and not context["errors"]:
                context["asks"] = formset.consequences if formset.must_be_asked else None
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: Workflow, post_url_continue: str | None = None
    ) -> HttpResponse:
        if {"_popup", "_addanother"} & set(request.POST):
            return super().response_add(request, obj, post_url_continue)
        is_on = (
            _("Saved, and switched on.") if obj.is_enabled else _("Saved. Switch it on when you are ready.")
        )
        self.message_user(request, is_on)
        return HttpResponseRedirect(reverse("admin:automations_workflow_change", args=[obj.pk]))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        order_before = list(form.instance.steps.order_by("position", "pk"))
        super().save_related(request, form, formsets, change)
        deleted = [step for formset in formsets for step in formset.deleted_objects]
        settle_steps(workflow=form.instance, order_before=order_before, deleted=deleted)
        if form.instance.is_enabled and (overlap := overlap_in_words(form.instance)):
            messages.warning(request, overlap)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        # Deleting is left to settle_steps, which first takes care of those who wait for a deleted step.
        for step in formset.save(commit=False):
            step.save()
        formset.save_m2m()

    def _has_run(self, workflow: Workflow) -> bool:
        # The page asks several times.
        if not hasattr(workflow, "has_run"):
            workflow.has_run = workflow.runs.exists()  # type: ignore[attr-defined]
        return bool(workflow.has_run)  # type: ignore[attr-defined]
