"""Workflows: a trigger and its steps, each with the parameters of its kind."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import StackedInline
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.widgets import UnfoldAdminSelectWidget

from automations.actions import ACTIONS
from automations.admin.typed_params import BlockForms, TypedParamsForm
from automations.models import Enrollment, Step, Workflow
from automations.operations.steps import settle_steps
from automations.rules.sentences import workflow_sentence
from automations.triggers import TRIGGERS
from members.admin.columns import label
from members.admin.scoping import ClubScopedAdmin, ScopedChoices, ScopedFilter, WithHistory

LAST = 9_999


class WorkflowForm(TypedParamsForm):
    typed = "trigger"


class NewWorkflowForm(forms.ModelForm[Workflow]):
    """The first page: what its parameters may be depends on the club, so the rest follows on the second."""

    trigger = forms.ChoiceField(
        choices=TRIGGERS.choices, label=_("Trigger"), widget=UnfoldAdminSelectWidget()
    )

    def clean_trigger(self) -> str:
        kind: str = self.cleaned_data["trigger"]
        fields = TRIGGERS[kind].Form.base_fields
        self.instance.trigger_params = {name: field.initial for name, field in fields.items()}
        return kind


class StepForm(TypedParamsForm):
    typed = "action"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" in self.fields:
            self.fields["position"].required = False
            if self.instance.pk is None:
                self.initial["position"] = None

    def clean_position(self) -> int:
        position: int | None = self.cleaned_data["position"]
        return LAST if position is None else position


class StepInline(ScopedChoices, StackedInline):
    model = Step
    form = StepForm
    extra = 0
    hide_title = False
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "action",
                    "action_params",
                    ("delay", "delay_unit"),
                    "at_time",
                    "position",
                    "stops_on_failure",
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Step]:
        return super().get_queryset(request).select_related("workflow")

    def get_formset(self, request: HttpRequest, obj: Workflow | None = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.block_forms = BlockForms(ACTIONS, obj.club if obj else None)
        return formset


@admin.register(Workflow)
class WorkflowAdmin(WithHistory, ClubScopedAdmin):
    club_path = "club"
    # Messages, staff tasks and commands name a workflow by club and short name.
    fixed_once_saved = ("club", "slug")
    form = WorkflowForm
    inlines = [StepInline]
    list_display = ["name", "state", "sentence", "club"]
    list_filter = [("is_enabled", BooleanRadioFilter), ("club", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["club"]
    search_fields = ["name", "slug", "description"]
    filled_from = {"slug": ["name"]}
    readonly_fields = ["sentence", "under_way"]
    change_form_show_cancel_button = True
    add_fieldsets = [(None, {"fields": ["club", "name", "slug", "description", "trigger"]})]
    fieldsets = [
        (None, {"fields": ["sentence", "is_enabled", "under_way"]}),
        (_("Name"), {"fields": ["club", "name", "slug", "description"]}),
        (_("When"), {"fields": ["trigger", "trigger_params"]}),
        (_("How often, how late"), {"fields": ["cooldown_days", "patience_hours"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workflow]:
        return super().get_queryset(request).prefetch_related("steps")

    def get_form(
        self, request: HttpRequest, obj: Workflow | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            return super().get_form(request, obj, change, form=NewWorkflowForm, **kwargs)
        form = super().get_form(request, obj, change, **kwargs)
        form.block_forms = BlockForms(TRIGGERS, obj.club)
        return form

    def get_inlines(self, request: HttpRequest, obj: Workflow | None) -> list[Any]:
        return self.inlines if obj else []

    def response_add(
        self, request: HttpRequest, obj: Workflow, post_url_continue: str | None = None
    ) -> HttpResponse:
        if "_popup" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        self.message_user(request, _("Saved, and switched off. Now say what it does, then switch it on."))
        return HttpResponseRedirect(reverse("admin:automations_workflow_change", args=[obj.pk]))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        order_before = list(form.instance.steps.order_by("position", "pk"))
        super().save_related(request, form, formsets, change)
        deleted = [step for formset in formsets for step in formset.deleted_objects]
        settle_steps(workflow=form.instance, order_before=order_before, deleted=deleted)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        # Deleting is left to settle_steps, which first takes care of those who wait for a deleted step.
        for step in formset.save(commit=False):
            step.save()
        formset.save_m2m()

    @admin.display(description=_("state"), ordering="is_enabled")
    def state(self, workflow: Workflow) -> SafeString:
        return label(_("On"), "success") if workflow.is_enabled else label(_("Off"))

    @admin.display(description=_("in a sentence"))
    def sentence(self, workflow: Workflow) -> SafeString:
        return format_html('<span class="rollcall-sentence">{}</span>', workflow_sentence(workflow))

    @admin.display(description=_("under way"))
    def under_way(self, workflow: Workflow) -> str:
        """What switching it will do to those inside, before it is saved."""
        # The page asks for each value several times.
        if not hasattr(workflow, "number_under_way"):
            inside = workflow.enrollments.filter(status=Enrollment.Status.ACTIVE)
            workflow.number_under_way = inside.count()  # type: ignore[attr-defined]
        n: int = workflow.number_under_way  # type: ignore[attr-defined]
        if not n:
            return str(_("Nobody is on the way through it."))
        if workflow.is_enabled:
            said = ngettext(
                "%(n)s member is under way. If you switch it off, she stops where she stands.",
                "%(n)s members are under way. If you switch it off, they stop where they stand.",
                n,
            )
        else:
            said = ngettext(
                "%(n)s member stopped where she stood. If you switch it on, she goes on.",
                "%(n)s members stopped where they stood. If you switch it on, they go on.",
                n,
            )
        return said % {"n": n}
