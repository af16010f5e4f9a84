"""Oops: who got what a run sent, stopping the rest of it, and telling them that it was wrong; each asks first."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from automations.bell import ring
from automations.models import Correction, Workflow
from automations.operations.oops import Extent, draft_correction, stop_the_rest
from members.admin.columns import when
from members.admin.questions import asked
from messaging.admin.messages import status_label
from messaging.models import Message, MessageTemplate
from messaging.transfer.message_log import FORMATS, lines_of

PAGE = 100
LATELY = dt.timedelta(hours=24)
MAY_STOP, MAY_CORRECT = "automations.change_workflowrun", "automations.add_correction"
MAY_SEE = ("members.view_member", "messaging.view_message", "automations.view_workflowrun")


class CorrectionForm(forms.Form):
    token = forms.UUIDField(widget=forms.HiddenInput)
    template = forms.ModelChoiceField(
        label=gettext_lazy("Message"),
        queryset=MessageTemplate.objects.none(),
        required=False,
        empty_label=gettext_lazy("None: in the words below"),
        widget=UnfoldAdminSelectWidget,
    )
    text_body = forms.CharField(
        label=gettext_lazy("Or what to say"),
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 4}),
        help_text=gettext_lazy("It goes to each by the way by which they were reached."),
    )
    subject = forms.CharField(
        label=gettext_lazy("Its subject, for e-mails"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("That of the first message if empty."),
    )

    def __init__(self, *args: Any, workflow: Workflow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["template"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = MessageTemplate.objects.filter(club=workflow.club_id)
        self.initial.setdefault("token", uuid.uuid4())


class WithOops:
    """For the workflows' admin: a page for a run, and one for what the workflow sent in the last 24 hours."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view  # type: ignore[attr-defined]
        own = []
        for name, does in (
            ("", self.oops_view),
            ("stop/", self.stop_view),
            ("correct/", self.correct_view),
            ("export.csv", self.oops_export_view),
        ):
            named = f"automations_workflow_oops{'_' + name.split('.')[0].strip('/') if name else ''}"
            own += [
                path(f"<int:object_id>/runs/<int:run_id>/oops/{name}", view(does), name=f"{named}_run"),
                path(f"<int:object_id>/lately/{name}", view(does), name=named),
            ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    # By name: Unfold looks up a dotted permission in the database before there is one.
    def has_oops_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perms(MAY_SEE) and (
            request.user.has_perm(MAY_STOP) or request.user.has_perm(MAY_CORRECT)
        )

    @action(description=gettext_lazy("Oops"), permissions=["oops"], url_path="oops", icon="undo")
    def oops(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.oops_view(request, object_id)

    def oops_view(
        self, request: HttpRequest, object_id: int | str, run_id: int | None = None
    ) -> HttpResponse:
        """Who got it, how much still waits, and the corrections so far. Writes nothing."""
        extent = self._extent(request, object_id, run_id)
        club = extent.workflow.club
        asked_for = request.GET.get("p", "")
        got = extent.got_it().select_related("member", "template").order_by("pk")
        page = Paginator(got, PAGE).get_page(asked_for if asked_for.isdecimal() else 1)
        numbers = dict(extent.messages().order_by().values_list("status").annotate(n=Count("pk")))
        context = {
            "workflow": extent.workflow,
            "run": extent.run,
            "ran": when(extent.run.as_of, club) if extent.run else "",
            "since": when(extent.since, club),
            "numbers": [(status.label, numbers[status]) for status in Message.Status if status in numbers],
            "waiting": extent.waiting().count(),
            "under_way": extent.under_way().count(),
            "sending": numbers.get(Message.Status.SENDING, 0),
            "page": page,
            "rows": [(m, when(m.sent_at or m.ended_at, club), status_label(m)) for m in page.object_list],
            "corrections": [self._told(correction, club) for correction in self._corrections(extent)],
            "stop_url": self._url("stop", extent) if request.user.has_perm(MAY_STOP) else "",
            "correct_url": self._url("correct", extent) if request.user.has_perm(MAY_CORRECT) else "",
            "export_url": self._url("export", extent),
        }
        return self._page(request, extent.workflow, "oops", _("Oops"), context)  # type: ignore[attr-defined, no-any-return]

    def stop_view(self, request: HttpRequest, object_id: int, run_id: int | None = None) -> HttpResponse:
        """GET asks, POST stops what has not left."""
        extent = self._extent(request, object_id, run_id, MAY_STOP)

        def do(_cleaned: dict[str, Any]) -> str:
            stopped = stop_the_rest(extent, by=request.user, now=timezone.now())
            said = _("Stopped: %(what)s.") % {"what": _stopping(stopped.messages, stopped.members)}
            self.log_change(request, extent.workflow, said)  # type: ignore[attr-defined]
            return said

        what = _stopping(extent.waiting().count(), extent.under_way().count())
        return asked(
            request,
            title=_("Stop the rest?"),
            explains=_("%(what)s. This cannot be undone. The workflow itself stays on or off as it is.")
            % {"what": what},
            button=_("Stop the rest"),
            deed=do,
            back=self._url("", extent),
            opts=Workflow._meta,
        )

    def correct_view(self, request: HttpRequest, object_id: int, run_id: int | None = None) -> HttpResponse:
        """GET asks what to say, POST sends it to those who got the other, once each."""
        extent = self._extent(request, object_id, run_id, MAY_CORRECT)
        form = CorrectionForm(request.POST if request.method == "POST" else None, workflow=extent.workflow)

        def do(cleaned: dict[str, Any]) -> str:
            with transaction.atomic():
                correction, is_new = draft_correction(
                    extent,
                    template=cleaned["template"],
                    words={name: cleaned[name] for name in ("text_body", "subject") if cleaned[name]},
                    token=cleaned["token"],
                    by=request.user,
                    now=timezone.now(),
                )
                if is_new:
                    said = _("Sent a correction to those who got it.")
                    self.log_change(request, extent.workflow, said)  # type: ignore[attr-defined]
                    ring("send_correction", correction.pk)
            return _("The correction is on its way.") if is_new else _("This correction was sent already.")

        members = extent.got_it().values("member").distinct().count()
        return asked(
            request,
            form,
            title=_("Tell those who got it"),
            explains=_to_whom(members, extent),
            button=_("Send the correction") if members else "",
            deed=do,
            back=self._url("", extent),
            opts=Workflow._meta,
        )

    def oops_export_view(
        self, request: HttpRequest, object_id: int, run_id: int | None = None
    ) -> HttpResponseBase:
        """Exactly those who got it, as CSV."""
        extent = self._extent(request, object_id, run_id)
        pieces = (piece for piece, _number in lines_of(extent.got_it().order_by("pk"), "csv"))
        response = StreamingHttpResponse(pieces, content_type=FORMATS["csv"])
        response["Content-Disposition"] = f'attachment; filename="who-got-it-{timezone.now():%Y-%m-%d}.csv"'
        return response

    def _extent(self, request: HttpRequest, object_id: int | str, run_id: int | None, *needs: str) -> Extent:
        workflow = self._workflow(request, str(object_id))  # type: ignore[attr-defined]
        if not request.user.has_perms((*MAY_SEE, *needs)):
            raise PermissionDenied
        if run_id is None:
            return Extent(workflow, since=timezone.now() - LATELY)
        run = workflow.runs.filter(pk=run_id).first()
        if run is None:
            raise Http404
        return Extent(workflow, run)

    def _url(self, name: str, extent: Extent) -> str:
        named = f"admin:automations_workflow_oops{'_' + name if name else ''}"
        if extent.run:
            return reverse(f"{named}_run", args=[extent.workflow.pk, extent.run.pk])
        return reverse(named, args=[extent.workflow.pk])

    def _corrections(self, extent: Extent) -> Any:
        found = _corrections_of(extent)
        found = found.select_related("template", "made_by").annotate(number=Count("recipients"))
        return found.order_by("-pk")[:20]

    def _told(self, correction: Any, club: Any) -> dict[str, Any]:
        return {
            "said": correction.template or (correction.own_words or {}).get("text_body", ""),
            "who": correction.made_by or _("somebody who left"),
            "when": when(correction.made_at, club),
            "number": correction.number,
            "is_done": correction.looked_at or correction.finished_at,
        }


def _stopping(messages: int, members: int) -> str:
    """What stopping does, in numbers."""
    words = {
        "messages": ngettext("%(n)s message is not sent", "%(n)s messages are not sent", messages)
        % {"n": f"{messages:,}"},
        "members": ngettext(
            "%(n)s member takes no further step", "%(n)s members take no further step", members
        )
        % {"n": f"{members:,}"},
    }
    return _("%(messages)s, %(members)s") % words


def _corrections_of(extent: Extent) -> QuerySet[Correction]:
    return Correction.objects.filter(workflow=extent.workflow, run=extent.run)


def _to_whom(members: int, extent: Extent) -> str:
    before = _corrections_of(extent).order_by("made_at").last()
    to_whom = (
        ""
        if before is None
        else _("A correction was sent already on %(when)s; this is another one. ")
        % {"when": when(before.made_at, extent.workflow.club)}
    )
    to_whom += ngettext(
        "It goes once to the %(n)s member who got the message, or may have. It does not count for the limit per "
        "member; quiet hours hold it back, and whoever opted out does not get it.",
        "It goes to the %(n)s members who got the message, or may have, and to each once. It does not count for "
        "the limit per member; quiet hours hold it back, and whoever opted out does not get it.",
        members,
    ) % {"n": f"{members:,}"}
    if extent.waiting().exists():
        to_whom += " " + _(
            "Some messages have not left yet: whoever gets one of them later is told too. Stop the rest first if nobody "
            "should get them."
        )
    return to_whom
