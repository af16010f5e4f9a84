"""Running a workflow from its page: what it would do, the question, and what came of it."""

from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action

from automations.bell import ring
from automations.blocks import UnknownBlock
from automations.engine.classification import Question
from automations.engine.evaluation import WorkflowDisabled
from automations.engine.fuse import RunHeld, weight_of
from automations.engine.handing_over import left_next
from automations.engine.readiness import can_be_asked
from automations.models import Reason, Workflow, WorkflowRun
from automations.operations.workflow_runs import latest_by_hand, start_by_hand
from automations.reports.log import run_rows
from automations.reports.planned import SHOWN, planned_page
from automations.reports.preview import preview
from automations.reports.run_outcome import became, heavy_in_words, in_words, messages_of, tasks_of
from automations.reports.told_already import told_already
from members.admin.columns import when

ROWS_SHOWN = 200
TASKS_COUNTED = 999


class WithRuns:
    """Run now and dry run; the page asks, only a POST runs."""

    actions_detail = ["run_now", "dry_run", "copy", "oops"]

    # By name: Unfold looks up a dotted permission in the database before there is one.
    def has_run_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("automations.add_workflowrun"))

    def has_dry_run_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The table names members."""
        return self.has_run_permission(request) and bool(request.user.has_perm("members.view_member"))

    @action(description=gettext_lazy("Run now"), permissions=["run"], url_path="run-now", icon="play_arrow")
    def run_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        workflow = self._workflow(request, object_id)
        if request.method == "POST":
            return self._start(request, workflow)
        latest = latest_by_hand(workflow)
        context: dict[str, Any] = {"latest": latest, "seen": latest.pk if latest else 0}
        try:
            question = Question(workflow, timezone.now(), is_kept=True)
            context |= {"preview": preview(question), "tasks": _tasks_next(question)}
            context["heavy"] = heavy_in_words(weight_of(question))
        except (UnknownBlock, ValidationError) as broken:
            context["broken"] = _why(broken)
        context["has_steps"] = workflow.steps.exists()
        return self._page(request, workflow, "run_now", _("Run now"), context)

    @action(
        description=gettext_lazy("Dry run"),
        permissions=["dry_run"],
        url_path="dry-run",
        icon="science",
    )
    def dry_run(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A table of what a run would decide; writes nothing, so it is a GET."""
        workflow = self._workflow(request, object_id)
        show = request.GET.get("show", "all")
        after = request.GET.get("after", "")
        context: dict[str, Any] = {"show": show if show in SHOWN else "all"}
        try:
            question = Question(workflow, timezone.now(), is_kept=True)
            context["page"] = planned_page(
                question, show=context["show"], after=int(after) if after.isdecimal() else 0
            )
            context |= {
                "tasks": _tasks_next(question),
                "sends": question.channel,
                "told": told_already(question),
            }
            context["heavy"] = heavy_in_words(weight_of(question))
        except (UnknownBlock, ValidationError) as broken:
            context["broken"] = _why(broken)
        return self._page(request, workflow, "dry_run", _("Dry run"), context)

    def run_result(self, request: HttpRequest, object_id: str, run_id: int) -> HttpResponse:
        """What a run decided and what became of its messages; while it is under way, that it is."""
        workflow = self._workflow(request, object_id)
        runs = workflow.runs.select_related("workflow__club", "decided_by", "released_as")
        run = runs.filter(pk=run_id).first()
        if run is None or not request.user.has_perm("automations.view_workflowrun"):
            raise Http404
        rows = list(islice(run_rows(run), ROWS_SHOWN + 1))
        rows.sort(key=lambda row: row.reason != Reason.DUE)
        shown = rows[:ROWS_SHOWN]
        ids = [row.member_id for row in shown]
        members = {member.external_id: member for member in workflow.club.members.filter(external_id__in=ids)}
        context = {
            "run": run,
            "is_given_up": run.finished_at is None and not can_be_asked(Question.of(run)),
            "held": self.held(request, run) if run.held_at else None,  # type: ignore[attr-defined]
            "ran": when(run.as_of, workflow.club),
            "counted": in_words(run),
            "sent": messages_of(run),
            "tasks": tasks_of(run),
            "oops_url": reverse("admin:automations_workflow_oops_run", args=[workflow.pk, run.pk])
            if self.has_oops_permission(request)  # type: ignore[attr-defined]
            else "",
            "rows": [(members.get(row.member_id), row, became(row)) for row in shown],
            "is_more": len(rows) > ROWS_SHOWN,
        }
        return self._page(request, workflow, "run_result", _("What the run did"), context)

    def _start(self, request: HttpRequest, workflow: Workflow) -> HttpResponse:
        seen = request.POST.get("seen", "")
        try:
            run, is_new = start_by_hand(
                workflow=workflow,
                seen=int(seen) if seen.isdecimal() else 0,
                now=timezone.now(),
                requested_by=request.user,
            )
        except RunHeld:
            messages.warning(request, _("A run waits already: let it go, or cancel it."))
            return HttpResponseRedirect(reverse("admin:automations_workflow_change", args=[workflow.pk]))
        except (WorkflowDisabled, UnknownBlock, ValidationError) as refused:
            messages.error(request, _why(refused))
            return HttpResponseRedirect(reverse("admin:automations_workflow_change", args=[workflow.pk]))
        if is_new:
            ring("run_by_hand", run.pk)
        else:
            messages.info(request, _("It was started a moment ago; this is that run. It was not run again."))
        return HttpResponseRedirect(self._after(request, workflow, run))

    def _after(self, request: HttpRequest, workflow: Workflow, run: WorkflowRun) -> str:
        if request.user.has_perm("automations.view_workflowrun"):
            return reverse("admin:automations_workflow_run_result", args=[workflow.pk, run.pk])
        messages.success(request, _("It runs."))
        return reverse("admin:automations_workflow_change", args=[workflow.pk])

    def _workflow(self, request: HttpRequest, object_id: str) -> Workflow:
        workflow: Workflow | None = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if workflow is None:
            raise Http404
        if not self.has_view_permission(request, workflow):  # type: ignore[attr-defined]
            raise PermissionDenied
        return workflow

    def _page(
        self, request: HttpRequest, workflow: Workflow, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        return render(
            request,
            f"admin/automations/{name}.html",
            {
                **self.admin_site.each_context(request),  # type: ignore[attr-defined]
                "title": f"{title}: {workflow}",
                "opts": Workflow._meta,
                "workflow": workflow,
                "may_name": request.user.has_perm("members.view_member"),
                **context,
            },
        )


def _tasks_next(question: Question) -> str:
    """For how many a run opens a staff task because they are left to a person; empty if for none."""
    if not (n := len(left_next([question], TASKS_COUNTED))):
        return ""
    said = ngettext(
        "A staff task is opened for %(n)s member who is left to a person.",
        "Staff tasks are opened for %(n)s members who are left to a person.",
        n,
    )
    return said % {"n": f"{TASKS_COUNTED}+" if n > TASKS_COUNTED else n}


def _why(refused: Exception) -> str:
    return " ".join(refused.messages) if isinstance(refused, ValidationError) else str(refused)
