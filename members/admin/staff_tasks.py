"""Staff tasks: what is open, what is mine, what is late, and what came of it."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from members.admin.columns import WithMember, label, when
from members.admin.scoping import (
    ClubScopedAdmin,
    ScopedFilter,
    ScopedSearchFilter,
    visible_club_ids,
    visible_clubs_by_day,
    visible_staff,
)
from members.admin.task_deeds import closing_words, closings, deeds, task_urls
from members.models import StaffTask
from members.rules.wording import day_in_words

PRIORITY_COLORS = {"high": "danger", "medium": "warning", "low": "info"}
STATUS_COLORS = {"pending": "warning", "in_progress": "info", "completed": "success", "cancelled": ""}
COUNTED = 999
NOTHING = {
    "open": _("No task is open. Workflows open one where a member needs a person; you can add one, too."),
    "mine": _("Nothing is waiting for you. Take a task from the open ones, or add one."),
    "overdue": _("Nothing is overdue. Well done."),
    "closed": _("No task was closed yet."),
}


class ViewFilter(DropdownFilter):
    """Chosen by the tabs above the list; in the filters' form it only keeps what was chosen."""

    title = _("show")
    parameter_name = "show"
    template = "admin/members/stafftask/kept_view.html"
    VIEWS = {
        "open": _("Open"),
        "mine": _("Mine"),
        "overdue": _("Overdue"),
        "closed": _("Closed"),
        "all": _("All"),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.VIEWS.items())

    def queryset(self, request: HttpRequest, rows: QuerySet[StaffTask]) -> QuerySet[StaffTask]:
        return of_view(rows, self.value() or "open", request)


def of_view(rows: QuerySet[StaffTask], view: str, request: HttpRequest) -> QuerySet[StaffTask]:
    match view:
        case "mine":
            return rows.filter(status__in=StaffTask.OPEN, assignee=request.user.pk)
        case "overdue":
            return overdue(rows, request)
        case "closed":
            return rows.exclude(status__in=StaffTask.OPEN)
        case "all":
            return rows
    return rows.filter(status__in=StaffTask.OPEN)


def overdue(rows: QuerySet[StaffTask], request: HttpRequest) -> QuerySet[StaffTask]:
    """Open ones whose day is past, each by its own club's calendar."""
    past = Q(pk__in=[])
    for day, those in visible_clubs_by_day(request, timezone.now()).items():
        past |= Q(club__in=those, due_on__lt=day)
    return rows.filter(past, status__in=StaffTask.OPEN)


class AssigneeFilter(DropdownFilter):
    title = _("person")
    parameter_name = "assignee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        people = visible_staff(request, None, "assignee").order_by("username")
        return [("nobody", _("Nobody yet")), *((str(person.pk), str(person)) for person in people)]

    def queryset(self, request: HttpRequest, rows: QuerySet[StaffTask]) -> QuerySet[StaffTask]:
        if self.value() == "nobody":
            return rows.filter(assignee=None)
        return rows.filter(assignee=int(self.value())) if (self.value() or "").isdecimal() else rows


@admin.register(StaffTask)
class StaffTaskAdmin(WithMember, ClubScopedAdmin):
    club_path = "club"
    fixed_once_saved = ("member",)
    list_display = ["description", "who", "due", "urgency", "state", "assignee"]
    list_filter = [
        ViewFilter,
        AssigneeFilter,
        ("member", ScopedSearchFilter),
        ("priority", ChoicesDropdownFilter),
        ("club", ScopedFilter),
    ]
    list_filter_submit = True
    list_select_related = ["member", "club", "assignee"]
    list_before_template = "admin/members/stafftask/views.html"
    change_form_outer_before_template = "admin/members/stafftask/deeds.html"
    search_fields = ["description", "member__first_name", "member__last_name", "member__external_id"]
    search_help_text = _("Task, member or member ID")
    autocomplete_fields = ["member"]

    def get_fields(self, request: HttpRequest, obj: StaffTask | None = None) -> list[str]:
        asked = ["member", "description", "priority", "due_on", "assignee"]
        words = ["words"] if obj and obj.words else []
        return [*asked, *words, "state", "notes", "opened", "closed"] if obj else asked

    # Its state changes by the buttons alone, which see to it that nobody undoes what another did meanwhile.
    readonly_fields = ["words", "state", "notes", "opened", "closed"]

    def get_ordering(self, request: HttpRequest) -> list[str]:
        return ["-closed_at", "-id"] if request.GET.get("show") == "closed" else ["due_on", "id"]

    def get_urls(self) -> list[URLPattern]:
        return [*task_urls(self), *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        @admin.display(description=_("to do"))
        def to_do(task: StaffTask) -> SafeString:
            return deeds(task, request)

        club = ["club"] if len(visible_club_ids(request)) > 1 else []
        if request.GET.get("show") == "closed":
            return ["description", "who", "state", "came_of_it", "closed_by", *club, to_do]
        return [*self.list_display, *club, to_do]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        chosen = request.GET.get("show") or "open"
        late = overdue(self.get_queryset(request), request)[: COUNTED + 1].count()
        views = []
        for name, words in ViewFilter.VIEWS.items():
            params = request.GET.copy()
            params.pop("p", None)
            params["show"] = name
            count = late if name == "overdue" else 0
            views.append(
                {
                    "words": words,
                    "link": f"?{params.urlencode()}",
                    "is_chosen": name == chosen,
                    "count": f"{COUNTED}+" if count > COUNTED else str(count or ""),
                }
            )
        return super().changelist_view(request, {"views": views, **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        cl = super().get_changelist_instance(request)
        others = [name for name in cl.params if name not in ("show", "o", "p")]
        # The tabs above the list are no filter to be found active.
        cl.has_active_filters = bool(others)
        if request.GET.get("show") == "closed":
            cl.result_list = rows = list(cl.result_list)
            words = closings(rows)
            for task in rows:
                task.closed_in_words = words.get(task.pk, "")
        if not cl.query and not others:
            cl.nothing = NOTHING.get(request.GET.get("show") or "open", "")
        return cl

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        task = self.get_object(request, object_id)
        extra = {"deeds": deeds(task, request, all_of_them=True) if task else ""}
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: StaffTask, form: Any, change: bool) -> None:
        if change:
            # Only what was edited: what somebody did to the task meanwhile stays.
            obj.save(update_fields=form.changed_data)
            return
        obj.club = obj.member.club
        obj.opened_at = timezone.now()
        super().save_model(request, obj, form, change)

    @admin.display(description=_("due"), ordering="due_on")
    def due(self, task: StaffTask) -> str | SafeString:
        day = day_in_words(task.due_on, task.club.locale)
        if task.status in StaffTask.OPEN and task.due_on < task.club.today(timezone.now()):
            return format_html("{} {}", day, label(_("Overdue"), "danger"))
        return day

    @admin.display(description=_("priority"), ordering="priority")
    def urgency(self, task: StaffTask) -> SafeString:
        return label(task.get_priority_display(), PRIORITY_COLORS[task.priority])

    @admin.display(description=_("status"), ordering="status")
    def state(self, task: StaffTask) -> SafeString:
        return label(task.get_status_display(), STATUS_COLORS[task.status])

    @admin.display(description=_("notes"))
    def notes(self, task: StaffTask) -> SafeString | str:
        return format_html('<div class="rollcall-words" dir="auto">{}</div>', task.note) if task.note else "–"

    @admin.display(description=_("what came of it"))
    def came_of_it(self, task: StaffTask) -> SafeString | str:
        words = Truncator(task.note).chars(160)
        return (
            format_html('<span class="rollcall-sentence" dir="auto">{}</span>', words) if task.note else "–"
        )

    @admin.display(description=_("closed"), ordering="closed_at")
    def closed_by(self, task: StaffTask) -> str:
        return str(task.closed_in_words)  # type: ignore[attr-defined]

    @admin.display(description=_("opened"))
    def opened(self, task: StaffTask) -> str:
        return when(task.opened_at, task.club)

    @admin.display(description=_("closed"))
    def closed(self, task: StaffTask) -> str:
        return closing_words(task) or str(_("Still open."))
