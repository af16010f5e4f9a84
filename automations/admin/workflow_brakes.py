"""A run that waits for a person, and a workflow that was paused: what was seen, ten of those concerned, and the buttons."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.bell import ring
from automations.blocks import UnknownBlock
from automations.engine.classification import Question
from automations.engine.evaluation import WorkflowDisabled
from automations.engine.fuse import held_run
from automations.models import Workflow, WorkflowRun
from automations.operations.brakes import (
    AlreadyDecided,
    FarMoreByNow,
    cancel,
    decided_in_words,
    let_go,
    resume,
)
from automations.reports.alert_words import why_paused
from members.admin.columns import when
from members.admin.questions import NotDone, asked

EXAMPLES = 10


class SeenForm(forms.Form):
    """How many the person was told."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class WithBrakes:
    """The buttons under a held run and a paused workflow; each asks in a dialog, and only a POST does it."""

    def get_urls(self) -> list[Any]:
        wrap: Callable[..., Any] = self.admin_site.admin_view  # type: ignore[attr-defined]
        return [
            path(
                "<int:object_id>/held/<int:run_id>/go/",
                wrap(self.let_go_view),
                name="automations_workflow_let_go",
            ),
            path(
                "<int:object_id>/held/<int:run_id>/cancel/",
                wrap(self.cancel_view),
                name="automations_workflow_cancel_run",
            ),
            path("<int:object_id>/resume/", wrap(self.resume_view), name="automations_workflow_resume"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if workflow := kwargs.get("obj"):
            context["brakes"] = self.brakes(request, workflow)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc, no-any-return]

    def save_model(self, request: HttpRequest, obj: Workflow, form: Any, change: bool) -> None:
        if change:
            # A pause that came after the form's workflow was read would be overwritten by all fields, in the history too.
            stored = Workflow.objects.select_for_update(no_key=True).get(pk=obj.pk)
            for each in obj._meta.concrete_fields:
                if not each.editable:
                    setattr(obj, each.attname, getattr(stored, each.attname))
        super().save_model(request, obj, form, change)  # type: ignore[misc]
        if form.was_switched_meanwhile:
            on, off = (
                _("It was switched on meanwhile, and stays on."),
                _("It was switched off meanwhile, and stays off."),
            )
            messages.warning(request, on if obj.is_enabled else off)

    def brakes(self, request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
        """What waits for a person, with where to decide if this one may."""
        may = self.has_run_permission(request)  # type: ignore[attr-defined]
        found: dict[str, Any] = {}
        if held := held_run(workflow):
            found["held"] = self.held(request, held)
            if may:
                found["deeds"] = [
                    (gettext_lazy("Go"), _address("let_go", workflow, held)),
                    (gettext_lazy("Cancel it"), _address("cancel_run", workflow, held)),
                ]
        if workflow.paused_at:
            found["paused"] = {
                "since": when(workflow.paused_at, workflow.club),
                "why": why_paused(workflow.paused_because),
                "resume": _address("resume", workflow) if may else "",
            }
        return found

    def held(self, request: HttpRequest, run: WorkflowRun) -> dict[str, Any]:
        """The size as of now and as it was weighed, the usual size, and ten of those concerned, if this person may see members."""
        workflow = run.workflow
        context: dict[str, Any] = {
            "since": when(run.held_at, workflow.club),
            "size": run.size or 0,
            "usual": run.usual_size,
            "decided": decided_in_words(run) if run.decided_at else "",
            "carried_out": getattr(run, "released_as", None),
        }
        if run.decided_at:
            return context
        try:
            members = Question(workflow, timezone.now()).due()
            context["now"] = members.order_by().count()
            if request.user.has_perm("members.view_member"):
                context["examples"] = list(members.order_by("fact", "pk")[:EXAMPLES])
        except (UnknownBlock, ValidationError) as broken:
            context["broken"] = " ".join(getattr(broken, "messages", [str(broken)]))
        return context

    def let_go_view(self, request: HttpRequest, object_id: int, run_id: int) -> HttpResponse:
        workflow, run = self._decidable(request, object_id, run_id)
        held = self.held(request, run)
        n = held.get("now", 0)

        def do(cleaned: dict[str, Any]) -> str:
            try:
                new = let_go(run=run, seen=cleaned["seen"], now=timezone.now(), by=request.user)
            except FarMoreByNow as more:
                raise ValidationError(str(more)) from None
            except (AlreadyDecided, WorkflowDisabled, UnknownBlock, ValidationError) as refused:
                raise NotDone(" ".join(getattr(refused, "messages", [str(refused)]))) from None
            ring("run_by_hand", new.pk)
            return format_html(
                '{} <a class="rollcall-link" href="{}">{}</a>',
                _("It runs now."),
                reverse("admin:automations_workflow_run_result", args=[workflow.pk, new.pk]),
                _("See what it does"),
            )

        says = ngettext(
            "%(n)s member will be followed up: exactly those who are still due when it runs.",
            "%(n)s members will be followed up: exactly those who are still due when it runs.",
            n,
        ) % {"n": f"{n:,}"}
        is_open = run.held_at is not None and run.decided_at is None and "broken" not in held
        data = request.POST if request.method == "POST" else None
        return asked(
            request,
            SeenForm(data, initial={"seen": n}),
            title=_("Let “%(name)s” go?") % {"name": workflow},
            explains=says if is_open else held.get("broken") or decided_in_words(run),
            button=_("Go") if is_open else "",
            deed=do,
            back=reverse("admin:automations_workflow_change", args=[workflow.pk]),
            opts=Workflow._meta,
        )

    def cancel_view(self, request: HttpRequest, object_id: int, run_id: int) -> HttpResponse:
        workflow, run = self._decidable(request, object_id, run_id)

        def do(_cleaned: dict[str, Any]) -> str:
            try:
                cancel(run=run, now=timezone.now(), by=request.user)
            except AlreadyDecided as refused:
                raise NotDone(str(refused)) from None
            return _("Canceled: nobody was followed up.")

        is_open = run.held_at is not None and run.decided_at is None
        says = _(
            "Nobody is followed up by this run. The next check asks anew; if it is as large, it waits again."
        )
        return asked(
            request,
            title=_("Cancel this run of “%(name)s”?") % {"name": workflow},
            explains=says if is_open else decided_in_words(run),
            button=_("Cancel the run") if is_open else "",
            deed=do,
            back=reverse("admin:automations_workflow_change", args=[workflow.pk]),
            opts=Workflow._meta,
        )

    def resume_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        workflow = self._workflow(request, str(object_id))  # type: ignore[attr-defined]
        if not self.has_run_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied

        def do(_cleaned: dict[str, Any]) -> str:
            if not resume(workflow_id=workflow.pk, now=timezone.now(), by=request.user):
                raise NotDone(_("It goes on already."))
            return _("It goes on.")

        says = _(
            "Everybody goes on from where they stand. What is too late by now is recorded as missed. Its messages so far "
            "do not count against it any more."
        )
        return asked(
            request,
            title=_("Let “%(name)s” go on?") % {"name": workflow},
            explains=says if workflow.paused_at else _("It goes on already."),
            button=_("Resume") if workflow.paused_at else "",
            deed=do,
            back=reverse("admin:automations_workflow_change", args=[workflow.pk]),
            opts=Workflow._meta,
        )

    def _decidable(self, request: HttpRequest, object_id: int, run_id: int) -> tuple[Workflow, WorkflowRun]:
        workflow = self._workflow(request, str(object_id))  # type: ignore[attr-defined]
        if not self.has_run_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        runs = workflow.runs.select_related("workflow__club", "decided_by")
        run: WorkflowRun | None = runs.filter(pk=run_id, held_at__isnull=False).first()
        if run is None:
            raise Http404
        return workflow, run


def _address(name: str, workflow: Workflow, run: WorkflowRun | None = None) -> str:
    args = [workflow.pk, run.pk] if run else [workflow.pk]
    return reverse(f"admin:automations_workflow_{name}", args=args)
