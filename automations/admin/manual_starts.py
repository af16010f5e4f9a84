"""“Start a workflow”: on a member's page, and for those who were chosen in the list of members."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminSelectWidget

from automations.blocks import UnknownBlock
from automations.engine.evaluation import WorkflowDisabled
from automations.models import Workflow
from automations.operations.manual_starts import start_for_members, startable
from automations.rules.control import in_control
from automations.rules.sentences import workflow_sentence
from members.admin.actions import MemberAction, MemberActionForm, add_member_action
from members.admin.chosen import ChosenForm, as_chosen
from members.admin.panels import ListAction, add_list_action
from members.admin.questions import NotDone, asked
from members.admin.scoping import visible_club_ids
from members.models import Member

PERMISSION = "automations.add_manualstart"
LABEL = gettext_lazy("Start a workflow")


class WorkflowField(forms.ModelChoiceField):
    with_club = False

    def label_from_instance(self, obj: Workflow) -> str:
        return f"{obj} ({obj.club})" if self.with_club else str(obj)


def _field() -> WorkflowField:
    return WorkflowField(
        label=gettext_lazy("Workflow"),
        queryset=Workflow.objects.none(),
        empty_label=gettext_lazy("Choose a workflow"),
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy(
            "Whoever cannot be reached or opted out is left out as always; the log says who and why."
        ),
    )


def _start(request: HttpRequest, workflow: Workflow, members: QuerySet[Member], token: uuid.UUID) -> str:
    try:
        started = start_for_members(
            workflow=workflow, members=members, token=token, asked_by=request.user, now=timezone.now()
        )
    except (WorkflowDisabled, UnknownBlock, ValidationError) as why:
        raise NotDone(" ".join(getattr(why, "messages", [str(why)]))) from None
    if not started:
        return _("This was started already.")
    said = ngettext(
        "“%(workflow)s” was started for %(n)s member.",
        "“%(workflow)s” was started for %(n)s members.",
        started,
    )
    return said % {"workflow": workflow, "n": f"{started:,}"}


# --- On a member's page ---------------------------------------------------------------------------
class StartForm(MemberActionForm):
    token = forms.UUIDField(widget=forms.HiddenInput)
    workflow = _field()

    def prepare(self) -> None:
        self.initial["token"] = uuid.uuid4()
        field = self.fields["workflow"]
        assert isinstance(field, WorkflowField)
        field.queryset = startable([self.member.club_id])


class StartWorkflow(MemberAction):
    name, icon, permission = "start-workflow", "play_arrow", PERMISSION
    place = 6
    label, button = LABEL, gettext_lazy("Start it")
    Form = StartForm

    def is_offered(self, member: Member) -> bool:
        return startable([member.club_id]).exists()

    def question(self, member: Member) -> str:
        return _("Start which workflow for %(name)s?") % {"name": member.first_name}

    def explain(self, member: Member) -> str:
        return _in_sentences(startable([member.club_id]), Member.objects.filter(pk=member.pk))

    def do(self, form: MemberActionForm) -> str:
        members = Member.objects.filter(pk=form.member.pk)
        return _start(form.request, form.cleaned_data["workflow"], members, form.cleaned_data["token"])


def _in_sentences(workflows: QuerySet[Workflow], members: QuerySet[Member]) -> str:
    rows = workflows.select_related("club").prefetch_related("steps", "club__message_templates")[:5]
    return " ".join(
        _("“%(name)s”: %(what)s") % {"name": one, "what": workflow_sentence(one)} + _left_out(one, members)
        for one in rows
    )


def _left_out(workflow: Workflow, members: QuerySet[Member]) -> str:
    """How many of them would get nothing all the same; one query where there may be any."""
    if not workflow.control_percent:
        return ""
    chosen = members.order_by().filter(club=workflow.club)
    number = chosen.filter(in_control(workflow, workflow.control_percent)).count()
    said = ngettext(
        "%(n)s of the members chosen gets nothing, being left out to compare.",
        "%(n)s of the members chosen get nothing, being left out to compare.",
        number,
    )
    return " " + said % {"n": f"{number:,}"} if number else ""


# --- In the list ----------------------------------------------------------------------------------
class StartChosenForm(ChosenForm):
    token = forms.UUIDField(widget=forms.HiddenInput)
    workflow = _field()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clubs = visible_club_ids(request)
        field = self.fields["workflow"]
        assert isinstance(field, WorkflowField)
        field.queryset = startable(clubs).select_related("club")
        field.with_club = len(clubs) > 1


def start_chosen(request: HttpRequest, members: QuerySet[Member]) -> HttpResponse:
    """The first POST comes from the list and is answered by the question, the second from there and does it."""
    form = StartChosenForm(
        request.POST if "token" in request.POST else None,
        initial={**as_chosen(request), "token": uuid.uuid4()},
        request=request,
    )
    number = members.count()
    title = ngettext(
        "Start which workflow for %(n)s member?", "Start which workflow for %(n)s members?", number
    )
    workflows = startable(visible_club_ids(request))
    is_there = workflows.exists()
    none = _("No workflow that begins by hand is on. Add one whose “What it looks for” is “Started by hand”.")
    return asked(
        request,
        form,
        title=title % {"n": f"{number:,}"},
        explains=_in_sentences(workflows, members) if is_there else none,
        button=_("Start it") if is_there else "",
        deed=lambda cleaned: _start(request, cleaned["workflow"], members, cleaned["token"]),
        back=reverse("admin:members_member_changelist"),
        opts=Member._meta,
    )


add_member_action(StartWorkflow())
add_list_action(ListAction("start_workflow", LABEL, PERMISSION, start_chosen))
