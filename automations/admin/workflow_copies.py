"""Copying a workflow by one button, and bringing one back as it was before a change."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from automations.models import Workflow
from automations.operations.workflow_copies import AsItWas, as_it_was, bring_back, copy_workflow
from automations.reports.consequences import Consequences, consequences
from members.admin.columns import when
from members.admin.questions import NotDone, asked
from members.admin.scoping import ClubScopedAdmin, visible_club_ids
from members.models import Club


class CopyForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, widget=UnfoldAdminTextInputWidget)
    club = forms.ModelChoiceField(
        label=gettext_lazy("For"),
        queryset=Club.objects.none(),
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("Another club gets the message templates, too, that it does not have."),
    )

    def __init__(self, data: Any, *, clubs: list[int], workflow: Workflow) -> None:
        super().__init__(data, initial={"name": _("%(name)s (copy)") % {"name": workflow.name[:92]}})
        self.fields["club"].queryset = Club.objects.filter(pk__in=clubs)  # type: ignore[attr-defined]
        self.initial["club"] = workflow.club_id
        if len(clubs) == 1:
            self.fields["club"].widget = forms.HiddenInput()


class WithCopies(ClubScopedAdmin):
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.bring_back_view)
        name = "automations_workflow_bring_back"
        return [path("<int:object_id>/bring-back/", view, name=name), *super().get_urls()]

    # By name: Unfold looks up a dotted permission in the database before there is one.
    def has_copy_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_add_permission(request)

    @action(description=gettext_lazy("Copy"), permissions=["copy"], url_path="copy", icon="content_copy")
    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET asks for a name, POST copies; the copy is switched off."""
        workflow = self._asked_for(request, object_id)

        def deed(cleaned: dict[str, Any]) -> str:
            with transaction.atomic():
                copied = copy_workflow(workflow=workflow, club=cleaned["club"], name=cleaned["name"])
                self.log_addition(request, copied, _("Copied from “%(name)s”.") % {"name": workflow})
            there = reverse("admin:automations_workflow_change", args=[copied.pk])
            said = _("Copied as “%(name)s”, switched off.") % {"name": copied}
            return format_html('{} <a href="{}">{}</a>', said, there, _("Open the copy"))

        return asked(
            request,
            CopyForm(
                request.POST if request.method == "POST" else None,
                clubs=visible_club_ids(request),
                workflow=workflow,
            ),
            title=_("Copy “%(name)s”") % {"name": workflow},
            explains=_("With all its steps. The copy is switched off, and nobody is on the way through it."),
            button=_("Copy"),
            deed=deed,
            back=reverse("admin:automations_workflow_change", args=[workflow.pk]),
            opts=Workflow._meta,
        )

    def bring_back_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET says what becomes of those inside, POST brings back how it was after the change made `at` that instant."""
        workflow = self._asked_for(request, str(object_id))
        if not self.has_change_permission(request, workflow):
            raise PermissionDenied
        at = _instant(request.GET.get("at", ""), workflow.club)

        def deed(_cleaned: dict[str, Any]) -> str:
            with transaction.atomic():
                try:
                    brought = bring_back(workflow_id=workflow.pk, at=at)
                except AsItWas:
                    raise NotDone(_("It is as it was then; nothing was changed.")) from None
                except ValidationError as unfit:
                    said = _("It would not fit any more, and nothing was changed: %(why)s")
                    raise NotDone(said % {"why": " ".join(unfit.messages)}) from None
                said = _("Brought back as it was on %(when)s.") % {"when": when(at, workflow.club)}
                self.log_change(request, brought, said)
            return said

        try:
            becomes = _what_becomes(workflow, at)
            said = _(
                "What it looks for, its limits and its steps become what they were. It stays switched %(state)s."
            )
            explains = said % {"state": _("on") if workflow.is_enabled else _("off")}
        except AsItWas:
            becomes, explains = None, _("It is as it was then; there is nothing to bring back.")
        return asked(
            request,
            title=_("Bring “%(name)s” back as it was on %(when)s?")
            % {"name": workflow, "when": when(at, workflow.club)},
            explains=explains,
            button=_("Bring it back") if becomes else "",
            body="admin/automations/bring_back.html",
            consequences=becomes,
            deed=deed,
            back=reverse("admin:automations_workflow_history", args=[workflow.pk]),
            opts=Workflow._meta,
        )

    def _asked_for(self, request: HttpRequest, object_id: str) -> Workflow:
        workflow: Workflow | None = self.get_object(request, object_id)
        if workflow is None:
            raise Http404
        if not self.has_view_permission(request, workflow):
            raise PermissionDenied
        return workflow


def _instant(typed: str, club: Club) -> dt.datetime:
    """Raises Http404 for what names no instant, or none that the club's clock could show."""
    try:
        at = parse_datetime(typed)
        if at and at.tzinfo:
            return at.astimezone(club.zone).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise Http404


def _what_becomes(workflow: Workflow, at: dt.datetime) -> Consequences:
    """For those who are on their way. Raises AsItWas."""
    before = list(workflow.steps.order_by("position", "pk"))
    brought, after = as_it_was(workflow, at, before)
    kept = {step.pk for step in after}
    return consequences(
        workflow,
        is_enabled=workflow.is_enabled,
        deleted=[step.pk for step in before if step.pk not in kept],
        before=before,
        after=after,
        drafted=brought,
    )
