"""What workflows decided, run by run and member by member. To be read only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from automations.admin.of_workflows import OfWorkflows
from automations.engine.classification import Question
from automations.models import Decision, Reason, WorkflowRun
from automations.reports.log import because_of, decision_in_words
from members.admin.columns import WithMember, label, link_to, when
from members.admin.scoping import ReadOnly, ScopedFilter

REASON_COLORS: dict[str, str] = {
    Reason.DUE: "success",
    Reason.INACTIVE_RECURRING: "warning",
    Reason.NO_ADDRESS: "danger",
    Reason.SUPPRESSED: "danger",
    Reason.OPTED_OUT: "danger",
}


def counts_in_words(counts: dict[str, int]) -> str:
    """Like “3 due, 5 attended recently”, most important last reason first."""
    labels = dict(Reason.choices)
    ordered = sorted(
        counts.items(), key=lambda item: -Reason.values.index(item[0]) if item[0] in labels else 0
    )
    return ", ".join(f"{number:,} {str(labels.get(reason, reason)).lower()}" for reason, number in ordered)


class StandingFilter(DropdownFilter):
    title = _("decisions")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Standing now"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Decision]) -> QuerySet[Decision]:
        return rows.filter(until_run=None) if self.value() == "yes" else rows


def _asked(decision: Decision) -> Question:
    """What was asked when it was decided."""
    run = decision.from_run
    return Question(decision.workflow, run.as_of, run.rule, is_kept=True)


@admin.register(Decision)
class DecisionAdmin(ReadOnly, WithMember, OfWorkflows):
    list_display = ["since", "who", "why", "in_a_sentence", "about", "until"]
    list_filter = [StandingFilter, ("reason", ChoicesDropdownFilter), ("workflow", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["member", "workflow__club", "from_run", "until_run"]
    search_fields = ["member__first_name", "member__last_name", "member__external_id"]
    search_help_text = _("Member: name, ID, e-mail or phone")
    fields = ["who", "workflow", "why", "sentence", "channel", "occurrence", "since", "until"]

    @admin.display(description=_("since"), ordering="from_run")
    def since(self, decision: Decision) -> str:
        return when(decision.from_run.as_of, decision.workflow.club)

    @admin.display(description=_("until"), ordering="until_run")
    def until(self, decision: Decision) -> str:
        run = decision.until_run
        return when(run.as_of, decision.workflow.club) if run else str(_("stands"))

    @admin.display(description=_("workflow"), ordering="workflow")
    def about(self, decision: Decision) -> SafeString | str:
        return link_to(decision.workflow)

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, decision: Decision) -> SafeString:
        return label(decision.get_reason_display(), REASON_COLORS.get(decision.reason, ""))

    @admin.display(description=_("in a sentence"))
    def in_a_sentence(self, decision: Decision) -> str:
        # A run keeps the calendar that it went by; for one that did not, the list would ask for each row.
        return decision_in_words(_asked(decision), decision) if "clock" in decision.from_run.rule else ""

    @admin.display(description=_("in a sentence"))
    def sentence(self, decision: Decision) -> str:
        question = _asked(decision)
        return decision_in_words(question, decision, because=because_of(question, decision))


@admin.register(WorkflowRun)
class WorkflowRunAdmin(ReadOnly, OfWorkflows):
    list_display = ["ran", "about", "kind", "counted", "requested_by"]
    list_filter = [("kind", ChoicesDropdownFilter), ("workflow", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["workflow__club", "requested_by"]
    fields = ["workflow", "kind", "ran", "finished", "counted", "requested_by"]

    @admin.display(description=_("as of"), ordering="id")
    def ran(self, run: WorkflowRun) -> str:
        return when(run.as_of, run.workflow.club)

    @admin.display(description=_("finished"))
    def finished(self, run: WorkflowRun) -> str:
        return when(run.finished_at, run.workflow.club) or str(_("not yet"))

    @admin.display(description=_("workflow"), ordering="workflow")
    def about(self, run: WorkflowRun) -> SafeString | str:
        return link_to(run.workflow)

    @admin.display(description=_("members"))
    def counted(self, run: WorkflowRun) -> str:
        return counts_in_words(run.counts) or "–"
