"""Members on their way through workflows, with the steps taken for each. Read only, but for pushing somebody on and taking them out."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action

from automations.admin.of_workflows import OfWorkflows
from automations.admin.step_runs import StepRunColumns
from automations.admin.tomorrow import WithTomorrow
from automations.bell import ring
from automations.blocks import UnknownBlock
from automations.models import Enrollment, Step, StepRun, Workflow
from automations.operations.enrollments import MovedOn, NotUnderWay, Paused, SwitchedOff, push_on, take_out
from automations.reports.step_changes import in_words
from automations.rules.reasons import message_reason
from automations.triggers import TRIGGERS
from automations.triggers.base import Trigger
from members.admin.columns import WithMember, label, link_to, when
from members.admin.questions import NotDone, asked
from members.admin.scoping import ReadOnly, ScopedFilter

STATUS_COLORS = {"active": "info", "done": "success", "exited": ""}


class StepRunInline(ReadOnly, StepRunColumns, TabularInline):
    model = StepRun
    fields = readonly_fields = ["ran", "position", "did", "result", "why", "led_to"]
    extra = 0
    hide_title = True
    verbose_name_plural = _("steps taken")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("automations.view_enrollment"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super()
            .get_queryset(request)
            .select_related("enrollment__workflow__club", "message", "staff_task")
        )


class StateFilter(DropdownFilter):
    """Those under way, unless others are asked for."""

    title = _("state")
    parameter_name = "status__exact"
    all_option: ClassVar[list[Any]] = ["", Enrollment.Status.ACTIVE.label]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        ended = (Enrollment.Status.DONE, Enrollment.Status.EXITED)
        return [*((status.value, status.label) for status in ended), ("all", _("All"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
        chosen = self.value() or Enrollment.Status.ACTIVE.value
        return rows if chosen == "all" else rows.filter(status=chosen)


@admin.register(Enrollment)
class EnrollmentAdmin(ReadOnly, WithTomorrow, WithMember, OfWorkflows):
    list_display = ["since", "who", "about", "state", "next_step", "why_ended"]
    list_filter = [StateFilter, ("workflow", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["member", "workflow__club", "step"]
    search_fields = ["member__first_name", "member__last_name", "member__external_id"]
    fields = ["who", "about", "since", "state", "next_step", "ended", "why_ended", "goal_reached", "by_hand"]
    search_help_text = _("Member: name, ID, e-mail or phone")
    inlines = [StepRunInline]
    actions_detail = ["push_on", "take_out"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enrollment]:
        # With the templates, so that naming the next steps of a whole page costs one query.
        found: QuerySet[Enrollment] = super().get_queryset(request)
        return found.prefetch_related("workflow__club__message_templates")

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
        due, step = _next_at(enrollment), enrollment.step
        if step is None:
            return str(_("the first, %(due)s") % {"due": due})
        return str(_("step %(n)s (%(step)s), %(due)s") % _words(enrollment, step, due))

    @admin.display(description=_("ended because"))
    def why_ended(self, enrollment: Enrollment) -> str:
        return capfirst(message_reason(enrollment.end_reason)) if enrollment.end_reason else ""

    @admin.display(description=_("goal reached"))
    def goal_reached(self, enrollment: Enrollment) -> str:
        reached_at, workflow = enrollment.goal_reached_at, enrollment.workflow
        return when(reached_at, workflow.club) if reached_at else str(_("not yet") if workflow.goal else "–")

    @admin.display(description=_("done by hand"))
    def by_hand(self, enrollment: Enrollment) -> SafeString | str:
        """Who of the staff did what, and when."""
        entries = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(Enrollment), object_id=str(enrollment.pk)
        )
        club = enrollment.workflow.club
        lines = [
            (when(entry.action_time, club), entry.get_change_message(), entry.user)
            for entry in entries.select_related("user").order_by("action_time", "pk")
        ]
        return format_html_join(SafeString("<br>"), "{}: {} ({})", lines) or "–"

    # By name: Unfold looks up a dotted permission in the database before there is one.
    def has_take_out_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("automations.change_enrollment"))

    def has_push_on_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_take_out_permission(request)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        enrollment = self.get_object(request, str(object_id))
        if enrollment is None or enrollment.status != Enrollment.Status.ACTIVE:
            return []
        return super().get_actions_detail(request, object_id)  # type: ignore[no-any-return]

    @action(description=_("Take out"), permissions=["take_out"], url_path="take-out", icon="logout")
    def take_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET asks, POST does; who did it stands in the page's history."""
        enrollment: Enrollment = self.seen_or_404(request, object_id)
        is_under_way = enrollment.status == Enrollment.Status.ACTIVE

        def deed(_cleaned: dict[str, Any]) -> str:
            try:
                take_out(enrollment_id=enrollment.pk, now=timezone.now())
            except NotUnderWay:
                raise NotDone(
                    gettext("This member is not under way any more; nothing was changed.")
                ) from None
            self.log_change(request, enrollment, str(_("Taken out by hand.")))
            return gettext("%(member)s was taken out of “%(workflow)s”.") % _names(enrollment)

        explains = _(
            "Next would be %(next)s. No further step is taken, and a message of this workflow that has not left yet is "
            "not sent. It counts as followed up all the same: %(once)s."
        ) % {"next": self.next_step(enrollment), "once": _once(enrollment.workflow)}
        over = _("This member is not under way any more; there is nothing to be taken out of.")
        return asked(
            request,
            title=gettext("Take %(member)s out of “%(workflow)s”") % _names(enrollment),
            explains=str(explains if is_under_way else over),
            button=gettext("Take out") if is_under_way else "",
            deed=deed,
            back=reverse("admin:automations_enrollment_change", args=[enrollment.pk]),
            opts=Enrollment._meta,
        )

    @action(description=_("Push on"), permissions=["push_on"], url_path="push-on", icon="fast_forward")
    def push_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET asks, POST takes the next step that was shown; who did it stands on the page."""
        enrollment: Enrollment = self.seen_or_404(request, object_id)
        may_be = enrollment.status == Enrollment.Status.ACTIVE and not _held_up(enrollment.workflow)
        # What the dialog showed comes back with the answer, so that a second press finds it taken.
        form = SeenForm(
            request.POST if request.method == "POST" else None, initial={"step": enrollment.step_id}
        )
        return asked(
            request,
            form,
            title=gettext("Push %(member)s on in “%(workflow)s”") % _names(enrollment),
            explains=self._pushed_to(enrollment),
            button=gettext("Take it now") if may_be else "",
            deed=lambda seen: self._push(request, enrollment, seen["step"]),
            back=reverse("admin:automations_enrollment_change", args=[enrollment.pk]),
            opts=Enrollment._meta,
        )

    def _pushed_to(self, enrollment: Enrollment) -> str:
        if enrollment.status != Enrollment.Status.ACTIVE:
            return gettext("This member is not under way any more; there is no next step.")
        if why := _held_up(enrollment.workflow):
            return why
        return gettext(
            "Next is %(next)s. It is taken now instead; if it waits, the waiting ends. A message still keeps quiet hours "
            "and is not sent to whoever has opted out or has done what it was for."
        ) % {"next": self.next_step(enrollment)}

    def _push(self, request: HttpRequest, enrollment: Enrollment, seen: int | None) -> str:
        words = {**_names(enrollment), "next": self.next_step(enrollment)}
        try:
            with transaction.atomic():
                counts = push_on(enrollment_id=enrollment.pk, seen_step=seen, now=timezone.now())
                self.log_change(request, enrollment, str(_("Pushed on by hand; next was %(next)s.") % words))
        except NotUnderWay:
            raise NotDone(gettext("This member is not under way any more; nothing was changed.")) from None
        except MovedOn:
            raise NotDone(
                gettext("This member has moved on meanwhile; nothing was changed. Look where they stand now.")
            ) from None
        except SwitchedOff:
            raise NotDone(gettext("The workflow was switched off meanwhile; nothing was changed.")) from None
        except Paused:
            raise NotDone(gettext("The workflow was paused meanwhile; nothing was changed.")) from None
        except (UnknownBlock, ValidationError):
            raise NotDone(
                gettext("The workflow cannot be asked; its page says why. Nothing was changed.")
            ) from None
        ring("deliver_messages")
        if counts.get("exited") or counts.get("reached"):
            return gettext("Nothing more to do: it is over for %(member)s, the page says why.") % words
        return gettext("%(member)s was pushed on in “%(workflow)s”.") % words


class SeenForm(forms.Form):
    step = forms.IntegerField(widget=forms.HiddenInput, required=False)


def _names(enrollment: Enrollment) -> dict[str, Any]:
    return {"member": enrollment.member, "workflow": enrollment.workflow}


def _held_up(workflow: Workflow) -> str:
    """Why nobody moves on; empty if they do."""
    if not workflow.is_enabled:
        return gettext("The workflow is off: nobody moves on until it is switched on.")
    if workflow.paused_at:
        return gettext("The workflow is paused: nobody moves on until somebody resumes it on its page.")
    return ""


def _next_at(enrollment: Enrollment) -> str:
    workflow = enrollment.workflow
    if not workflow.is_enabled:
        return gettext("once the workflow is on")
    if workflow.paused_at:
        return gettext("once the workflow is no longer paused")
    return when(enrollment.due_at, workflow.club)


def _once(workflow: Workflow) -> str:
    """Like “once per absence”."""
    try:
        return str(TRIGGERS[workflow.trigger].once)
    except UnknownBlock:
        return str(Trigger.once)


def _words(enrollment: Enrollment, step: Step, due: str) -> dict[str, Any]:
    return {"n": step.position, "step": in_words(step, enrollment.workflow.club), "due": due}
