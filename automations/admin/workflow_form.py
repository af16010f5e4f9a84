"""The form of a workflow and its steps, and what it would be if it were saved."""

from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminSelectWidget

from automations.actions import ACTIONS
from automations.admin.condition_rows import Rows
from automations.admin.conditions_field import WithConditions
from automations.admin.typed_params import BlockForms, TypedParamsForm
from automations.blocks import BlockForm
from automations.goals import GOALS
from automations.models import Step, Workflow
from automations.reports.consequences import Consequences, consequences
from members.admin.scoping import ScopedChoices, visible_club_ids
from members.models import Club

LAST = 9_999
BRAKES = ("priority", "is_capped", "fuse_first", "fuse_times")


def club_asked_for(request: HttpRequest) -> Club | None:
    """For a new workflow: the club that was chosen, else the first that this person sees."""
    visible = visible_club_ids(request)
    asked = request.POST.get("club") or request.GET.get("club") or ""
    chosen = [int(asked)] if asked.isdecimal() and int(asked) in visible else visible[:1]
    return Club.objects.filter(pk__in=chosen).first()


class WorkflowForm(WithConditions, TypedParamsForm):
    typed = "trigger"
    was_switched_meanwhile = False

    class Meta:
        labels = {
            "name": _("Name"),
            "slug": _("Short name"),
            "description": _("Description"),
            "is_enabled": _("Switched on"),
            "trigger": _("What it looks for"),
            "cooldown_days": _("Again after (days)"),
            "patience_hours": _("Give up after (hours)"),
            "goal": _("Done as soon as"),
            "goal_days": _("Counted for (days)"),
            "in_person": _("Say it in person to whoever comes anyway"),
            "in_person_hours": _("Comes within (hours)"),
            "control_percent": _("Left out to compare (of 100)"),
            "priority": _("Priority"),
            "is_capped": _("Counts for the club's limit per member"),
            "fuse_first": _("Ask first above (members, first run)"),
            "fuse_times": _("Ask first above (times the usual)"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "goal" in self.fields:
            self.fields["goal"] = forms.ChoiceField(
                label=self.fields["goal"].label,
                help_text=self.fields["goal"].help_text,
                choices=[("", _("all steps are taken")), *((goal.kind, goal.until) for goal in GOALS)],
                required=False,
                widget=UnfoldAdminSelectWidget,
            )
            self.fields["goal_days"].required = self.fields["in_person_hours"].required = False
        for name in {"priority", "fuse_first", "fuse_times"} & set(self.fields):
            self.fields[name].required = False
        if "is_enabled" in self.fields:
            self.fields["is_enabled"].show_hidden_initial = True

    def clean_is_enabled(self) -> bool:
        """Who left the switch as it was shown does not undo what somebody else switched meanwhile."""
        given: bool = self.cleaned_data["is_enabled"]
        shown = self.data.get(self.add_initial_prefix("is_enabled"))
        if self.instance.pk and shown == str(given):
            self.was_switched_meanwhile = given != self.instance.is_enabled
            return self.instance.is_enabled
        return given

    def clean_goal_days(self) -> int:
        return self._or_as_usual("goal_days")

    def clean_in_person_hours(self) -> int:
        return self._or_as_usual("in_person_hours")

    def clean_priority(self) -> int:
        return self._or_as_usual("priority")

    def clean_fuse_first(self) -> int:
        return self._or_as_usual("fuse_first")

    def clean_fuse_times(self) -> int:
        return self._or_as_usual("fuse_times")

    def _or_as_usual(self, name: str) -> int:
        given: Any = self.cleaned_data[name]
        return int(getattr(Workflow(), name)) if given in (None, "") else int(given)

    def club_for_conditions(self) -> Club | None:
        return self.block_forms.club

    def clean_control_percent(self) -> int:
        return self.cleaned_data["control_percent"] or 0


class StepForm(TypedParamsForm):
    typed = "action"

    class Meta:
        labels = {
            "action": _("What to do"),
            "delay": _("Wait before it"),
            "delay_unit": _("Minutes, hours, days or weeks"),
            "stops_on_failure": _("Stop if it fails"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" in self.fields:
            self.fields["position"].required = False
            if self.instance.pk is None:
                self.initial["position"] = None

    def clean_position(self) -> int:
        position: int | None = self.cleaned_data["position"]
        return LAST if position is None else position


class StepFormSet(PaginationInlineFormSet):
    """Not saved as long as it would change what happens to people inside and nobody said yes to that."""

    @cached_property
    def consequences(self) -> Consequences:
        before = Workflow.objects.filter(pk=self.instance.pk).first()
        if before is None:
            return Consequences()
        return consequences(
            before,
            is_enabled=self.instance.is_enabled,
            deleted=[form.instance.pk for form in self.forms if self.is_deleted(form) and form.instance.pk],
            before=list(before.steps.order_by("position", "pk")),
            after=self.drafted(),
            drafted=self.instance,
        )

    def clean(self) -> None:
        super().clean()
        if self.instance.is_enabled and not any(self.is_kept(form) for form in self.forms):
            raise forms.ValidationError(
                gettext("Without a step nobody is followed up. Add one, or leave the workflow switched off.")
            )

    @property
    def must_be_asked(self) -> bool:
        return "_sure" not in self.data and self.consequences.must_be_asked

    def is_valid(self) -> bool:
        return super().is_valid() and not self.must_be_asked

    def is_deleted(self, form: forms.BaseForm) -> bool:
        """Also where the whole is not valid, unlike `deleted_forms`, which asks for that first."""
        return bool(self.can_delete and self._should_delete_form(form))

    def is_kept(self, form: forms.BaseModelForm) -> bool:
        return not self.is_deleted(form) and bool(form.instance.pk or form.has_changed())

    def drafted(self) -> list[Step]:
        """The steps as saving would leave them; copies, since those that did not change are not saved."""
        kept = (copy(form.instance) for form in self.forms if self.is_kept(form))
        steps: list[Step] = sorted(kept, key=lambda step: step.position)
        for number, step in enumerate(steps, start=1):
            step.position = number
        return steps


class StepInline(ScopedChoices, StackedInline):
    model = Step
    form = StepForm
    formset = StepFormSet
    verbose_name_plural = _("Then")
    extra = 0
    hide_title = False
    template_before = "admin/automations/steps_before.html"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "action",
                    "action_params",
                    "delay",
                    "delay_unit",
                    "at_time",
                    "at_weekday",
                    "position",
                    "stops_on_failure",
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Step]:
        return super().get_queryset(request).select_related("workflow__club")

    def get_formset(self, request: HttpRequest, obj: Workflow | None = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.block_forms = BlockForms(ACTIONS, obj.club if obj else club_asked_for(request))
        return formset


@dataclass(frozen=True)
class Draft:
    """What was typed: the workflow and its steps, not saved; what is wrong stands by the name of its field."""

    workflow: Workflow
    steps: list[Step] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    consequences: Consequences = field(default_factory=Consequences)
    wrong: list[str] = field(default_factory=list)
    """Those of the errors that are about what was typed, not about what is still missing, each with its field."""


def errors_by_name(form: forms.BaseForm) -> list[tuple[str, str]]:
    """Each error with the name of the input that it belongs to, those of typed parameters at their own inputs."""
    found: list[tuple[str, str]] = []
    for name, errors in form.errors.items():
        inner = form[name].data if name in form.fields and name.endswith("_params") else None
        if isinstance(rows := _rows_of(form, name), Rows):
            found += rows.errors()
        elif isinstance(inner, BlockForm) and inner.errors:
            found += errors_by_name(inner)
        else:
            found += [(form.add_prefix(name), str(error)) for error in errors]
    return found


def _rows_of(form: forms.BaseForm, name: str) -> Rows | None:
    return form[name].data if name == "conditions" and name in form.fields else None


def what_is_wrong(form: forms.BaseForm) -> list[str]:
    """What was typed and does not fit, in the form's own words; what is merely missing is not told."""
    found: list[str] = []
    for name, errors in form.errors.as_data().items():
        inner = form[name].data if name in form.fields and name.endswith("_params") else None
        if isinstance(rows := _rows_of(form, name), Rows):
            found += rows.wrong()
            continue
        if isinstance(inner, BlockForm) and inner.errors:
            found += what_is_wrong(inner)
            continue
        label = str(form.fields[name].label or "") if name in form.fields else ""
        for error in errors:
            if error.code != "required":
                found += [f"{label}: {said}" if label else str(said) for said in error.messages]
    return found
