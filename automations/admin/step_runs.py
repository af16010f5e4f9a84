"""The steps taken for members: a list of all, and the columns that a member's own way shows as well."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from automations.actions import ACTIONS
from automations.admin.of_workflows import OfWorkflows
from automations.blocks import UnknownBlock
from automations.models import StepRun
from automations.rules.reasons import message_reason
from members.admin.columns import label, link_to, when
from members.admin.scoping import ReadOnly

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
        wording = gettext("Wording %(letter)s.") % {"letter": run.variant} if run.variant else ""
        said = run.error or run.detail or (capfirst(message_reason(run.reason)) if run.reason else "")
        return f"{said} {wording}".strip()

    @admin.display(description=_("led to"))
    def led_to(self, run: StepRun) -> SafeString | str:
        return link_to(run.message or run.staff_task)


@admin.register(StepRun)
class StepRunAdmin(ReadOnly, StepRunColumns, OfWorkflows):
    club_path = "enrollment__workflow__club"
    workflow_path = "enrollment__workflow"
    list_display = ["ran", "who", "about", "did", "result", "why", "led_to"]
    list_filter = [("outcome", ChoicesDropdownFilter)]
    list_filter_submit = True
    list_select_related = ["enrollment__workflow__club", "enrollment__member", "message", "staff_task"]
    search_fields = ["enrollment__member__first_name", "enrollment__member__last_name"]
    search_help_text = _("Member: name, ID, e-mail or phone")
    fields = ["ran", "who", "about", "position", "did", "result", "why", "led_to"]
    ordering = ["-id"]

    @admin.display(description=_("member"))
    def who(self, run: StepRun) -> SafeString | str:
        return link_to(run.enrollment.member)

    @admin.display(description=_("workflow"))
    def about(self, run: StepRun) -> SafeString | str:
        return link_to(run.enrollment.workflow)
