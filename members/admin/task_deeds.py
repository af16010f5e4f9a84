"""The buttons of a staff task and what they ask: done, not needed, take it, add a note, open again."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from members.admin.columns import when
from members.admin.questions import NotDone, asked
from members.models import StaffTask
from members.operations.task_states import TaskMoved, add_note, close_task, reopen_task, take_task
from members.rules.wording import person_name

if TYPE_CHECKING:
    from members.admin.staff_tasks import StaffTaskAdmin


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("What came of it; may stay empty."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class NeededNoteForm(NoteForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True
        self.fields["note"].help_text = ""


class TakeForm(forms.Form):
    shown_with = forms.IntegerField(widget=forms.HiddenInput, required=False)


DEEDS = {
    "done": gettext_lazy("Done"),
    "take": gettext_lazy("Take it"),
    "needless": gettext_lazy("Not needed"),
    "note": gettext_lazy("Add a note"),
    "reopen": gettext_lazy("Open again"),
}
ON_LISTS = ("done", "take", "reopen")


def deeds(task: StaffTask, request: HttpRequest, *, all_of_them: bool = False) -> SafeString:
    """What this person may do with the task as it stands, as links that ask in a dialog."""
    if not request.user.has_perm("members.change_stafftask"):
        return SafeString("")
    fitting = ["done", "take", "needless", "note"] if task.status in StaffTask.OPEN else ["reopen", "note"]
    if task.assignee_id == request.user.pk and task.status == StaffTask.Status.IN_PROGRESS:
        fitting.remove("take") if "take" in fitting else None
    shown = [name for name in fitting if all_of_them or name in ON_LISTS]
    return format_html(
        '<span class="rollcall-deeds">{}</span>',
        format_html_join("", "{}", ((deed_link(task, name, request),) for name in shown)),
    )


def deed_link(task: StaffTask, name: str, request: HttpRequest) -> SafeString:
    query = urlencode({"next": request.get_full_path()})
    url = reverse("admin:members_stafftask_deed", args=[task.pk, name])
    about = f"{DEEDS[name]}: {task.description} ({task.member})"
    return render_to_string(
        "admin/deed.html", {"url": f"{url}?{query}", "words": DEEDS[name], "about": about}
    )


def task_urls(admin: "StaffTaskAdmin") -> list[URLPattern]:
    def view(request: HttpRequest, task_id: int, deed: str) -> HttpResponse:
        return _ask(admin, request, task_id, deed)

    return [
        path(
            "<int:task_id>/do/<slug:deed>/", admin.admin_site.admin_view(view), name="members_stafftask_deed"
        )
    ]


def _ask(admin: "StaffTaskAdmin", request: HttpRequest, task_id: int, name: str) -> HttpResponse:
    if not request.user.has_perm("members.change_stafftask"):
        raise PermissionDenied
    task = admin.get_queryset(request).select_related("member", "club", "assignee").filter(pk=task_id).first()
    if task is None or name not in DEEDS:
        raise Http404
    data = request.POST if request.method == "POST" else None
    note = NoteForm(data)
    form, title, button, act, says = {
        "done": (note, _("Is it done?"), _("Done"), _closing(), _("Done. Thank you.")),
        "needless": (
            note,
            _("Is it not needed any more?"),
            _("Not needed"),
            _closing(needless=True),
            _("Closed as not needed."),
        ),
        "take": (
            TakeForm(data, initial={"shown_with": task.assignee_id}),
            _("Take this task?"),
            _("Take it"),
            _taking,
            _("It is yours."),
        ),
        "note": (NeededNoteForm(data), _("Add a note"), _("Add the note"), _noting, _("Noted.")),
        "reopen": (
            forms.Form(data),
            _("Open it again?"),
            _("Open again"),
            _reopening,
            _("Open again."),
        ),
    }[name]

    def deed(cleaned: dict[str, Any]) -> str:
        try:
            with transaction.atomic():
                admin.log_change(request, act(task, request, cleaned), str(DEEDS[name]))
        except TaskMoved:
            raise NotDone(_moved(task.pk)) from None
        except StaffTask.DoesNotExist:
            raise Http404 from None
        return str(says)

    return asked(
        request,
        form,
        title=title,
        explains=f"{task.member}: {task.description}",
        button=button,
        deed=deed,
        back=reverse("admin:members_stafftask_changelist"),
    )


Act = Callable[[StaffTask, HttpRequest, dict[str, Any]], StaffTask]


def _closing(*, needless: bool = False) -> Act:
    def act(task: StaffTask, request: HttpRequest, cleaned: dict[str, Any]) -> StaffTask:
        return close_task(task_id=task.pk, note=cleaned["note"], needless=needless, now=timezone.now())

    return act


def _taking(task: StaffTask, request: HttpRequest, cleaned: dict[str, Any]) -> StaffTask:
    return take_task(task_id=task.pk, by=request.user, shown_with=cleaned["shown_with"])  # type: ignore[arg-type]


def _noting(task: StaffTask, request: HttpRequest, cleaned: dict[str, Any]) -> StaffTask:
    return add_note(task_id=task.pk, note=cleaned["note"])


def _reopening(task: StaffTask, request: HttpRequest, cleaned: dict[str, Any]) -> StaffTask:
    return reopen_task(task_id=task.pk)


def _moved(task_id: int) -> str:
    """What became of the task instead, for whoever came second."""
    task = StaffTask.objects.select_related("club", "assignee").get(pk=task_id)
    if words := closing_words(task):
        return _("Nothing was changed: %(status)s already, %(words)s.") % {
            "status": task.get_status_display().lower(),
            "words": words,
        }
    if task.assignee:
        return _("Nothing was changed: %(person)s has it already.") % {"person": person_name(task.assignee)}
    return _("Nothing was changed: it is open already.")


def closing_words(task: StaffTask) -> str:
    """Like “2 Sep 2025, 09:00, by Maria Lopez”; empty while it is open."""
    return closings([task]).get(task.pk, "")


def closings(tasks: Iterable[StaffTask]) -> dict[int, str]:
    """When each was closed and by whom, in words, for those that are closed; one query."""
    closed = {task.pk: (task, task.closed_at) for task in tasks if task.closed_at}
    if not closed:
        return {}
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(StaffTask),
        object_id__in=[str(pk) for pk in closed],
        action_flag=CHANGE,
    )
    who: dict[int, str] = {}
    for entry in entries.select_related("user").order_by("action_time", "pk"):
        pk = int(entry.object_id or 0)
        # The first word after it was closed is that of who closed it.
        if entry.action_time >= closed[pk][1]:
            who.setdefault(pk, person_name(entry.user))
    words = {}
    for pk, (task, closed_at) in closed.items():
        at = when(closed_at, task.club)
        words[pk] = _("%(at)s, by %(person)s") % {"at": at, "person": who[pk]} if pk in who else at
    return words
