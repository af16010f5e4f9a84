"""Members on their way through workflows, and the steps taken for them. To be read only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from automations.actions import ACTIONS
from automations.blocks import UnknownBlock
from automations.models import Enrollment, StepRun
from automations.rules.reasons import message_reason
from members.admin.columns import WithMember, label, link_to, when
from members.admin.scoping import ClubScopedAdmin, ReadOnly, ScopedFilter

STATUS_COLORS = {"active": "info", "done": "success", "exited": ""}
OUTCOME_COLORS = {"done": "success", "skipped": "", "failed": "danger", "missed": "warning"}


class StepRunColumns:
    """The same in the list of all steps taken and on one enrollment's page."""

    @admin.display(description=_("when"), ordering="ran_at")
    def ran(self, run: StepRun) -> str:
        return when(run.ran_at, run.enrollment.workflow.club)

    @admin.display(description=_("action"), ordering="action")
    def did(self, run: StepRun) -> str:
        try:
            return str(ACTIONS[run.action].label)
        except UnknownBlock:
            return run.action

    @admin.display(description=_("outcome"), ordering="outcome")
    def result(self, run: StepRun) -> SafeString:
        return label(run.get_outcome_display(), OUTCOME_COLORS[run.outcome])

    @admin.display(description=_("why"))
    def why(self, run: StepRun) -> str:
        return run.error or (capfirst(message_reason(run.reason)) if run.reason else "")

    @admin.display(description=_("led to"))
    def led_to(self, run: StepRun) -> SafeString | str:
        return link_to(run.message or run.staff_task)


class StepRunInline(ReadOnly, StepRunColumns, TabularInline):
    model = StepRun
    fields = readonly_fields = ["ran", "position", "did", "result", "why", "led_to"]
    extra = 0
    verbose_name_plural = _("steps taken")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("automations.view_enrollment"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super()
            .get_queryset(request)
            .select_related("enrollment__workflow__club", "message", "staff_task")
        )


@admin.register(Enrollment)
class EnrollmentAdmin(ReadOnly, WithMember, ClubScopedAdmin):
    club_path = "workflow__club"
    list_display = ["since", "who", "about", "state", "next_step", "why_ended"]
    list_filter = [("status", ChoicesDropdownFilter), ("workflow", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["member", "workflow__club", "step"]
    search_fields = ["member__first_name", "member__last_name", "member__external_id"]
    fields = ["who", "about", "occurrence", "since", "state", "next_step", "ended", "why_ended"]
    inlines = [StepRunInline]

    @admin.display(description=_("since"), ordering="enrolled_at")
    def since(self, enrollment: Enrollment) -> str:
        return when(enrollment.enrolled_at, enrollment.workflow.club)

    @admin.display(description=_("ended"))
    def ended(self, enrollment: Enrollment) -> str:
        return when(enrollment.ended_at, enrollment.workflow.club)

    @admin.display(description=_("workflow"), ordering="workflow")
    def about(self, enrollment: Enrollment) -> SafeString | str:
        return link_to(enrollment.workflow)

    @admin.display(description=_("state"), ordering="status")
    def state(self, enrollment: Enrollment) -> SafeString:
        return label(enrollment.get_status_display(), STATUS_COLORS[enrollment.status])

    @admin.display(description=_("next step"), ordering="due_at")
    def next_step(self, enrollment: Enrollment) -> str:
        if enrollment.status != Enrollment.Status.ACTIVE:
            return ""
        due = when(enrollment.due_at, enrollment.workflow.club)
        step = enrollment.step
        return str(_("step %(n)s, %(due)s") % {"n": step.position, "due": due}) if step else due

    @admin.display(description=_("ended because"))
    def why_ended(self, enrollment: Enrollment) -> str:
        return capfirst(message_reason(enrollment.end_reason)) if enrollment.end_reason else ""


@admin.register(StepRun)
class StepRunAdmin(ReadOnly, StepRunColumns, ClubScopedAdmin):
    club_path = "enrollment__workflow__club"
    list_display = ["ran", "who", "about", "did", "result", "why", "led_to"]
    list_filter = [("outcome", ChoicesDropdownFilter)]
    list_filter_submit = True
    list_select_related = ["enrollment__workflow__club", "enrollment__member", "message", "staff_task"]
    search_fields = ["enrollment__member__first_name", "enrollment__member__last_name"]
    fields = ["ran", "who", "about", "position", "did", "result", "why", "led_to"]
    ordering = ["-id"]

    @admin.display(description=_("member"))
    def who(self, run: StepRun) -> SafeString | str:
        return link_to(run.enrollment.member)

    @admin.display(description=_("workflow"))
    def about(self, run: StepRun) -> SafeString | str:
        return link_to(run.enrollment.workflow)
