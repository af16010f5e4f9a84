"""Staff tasks: what is open, what is mine, and what came of it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from members.admin.columns import WithMember, label
from members.admin.scoping import ClubScopedAdmin, ScopedFilter
from members.models import StaffTask
from members.rules.wording import day_in_words

PRIORITY_COLORS = {"high": "danger", "medium": "warning", "low": "info"}
STATUS_COLORS = {"pending": "warning", "in_progress": "info", "completed": "success", "cancelled": ""}


class WhoseFilter(DropdownFilter):
    title = _("show")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Open")), ("mine", _("Mine, open")), ("closed", _("Closed"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[StaffTask]) -> QuerySet[StaffTask]:
        match self.value():
            case "open":
                return rows.filter(status__in=StaffTask.OPEN)
            case "mine":
                return rows.filter(status__in=StaffTask.OPEN, assignee=request.user.pk)
            case "closed":
                return rows.exclude(status__in=StaffTask.OPEN)
        return rows


@admin.register(StaffTask)
class StaffTaskAdmin(WithMember, ClubScopedAdmin):
    club_path = "club"
    fixed_once_saved = ("member",)
    list_display = ["description", "who", "due", "urgency", "state", "assignee"]
    list_filter = [WhoseFilter, ("priority", ChoicesDropdownFilter), ("club", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["member", "club", "assignee"]
    search_fields = ["description", "member__first_name", "member__last_name", "member__external_id"]
    autocomplete_fields = ["member"]
    fields = ["member", "description", "priority", "due_on", "assignee", "status", "note"]

    def save_model(self, request: HttpRequest, obj: StaffTask, form: Any, change: bool) -> None:
        now = timezone.now()
        obj.club = obj.member.club
        obj.opened_at = obj.opened_at or now
        obj.closed_at = None if obj.status in StaffTask.OPEN else obj.closed_at or now
        super().save_model(request, obj, form, change)

    @admin.display(description=_("due"), ordering="due_on")
    def due(self, task: StaffTask) -> str:
        is_overdue = task.status in StaffTask.OPEN and task.due_on < task.club.today(timezone.now())
        day = day_in_words(task.due_on, task.club.locale)
        return str(_("%(day)s (overdue)") % {"day": day}) if is_overdue else day

    @admin.display(description=_("priority"), ordering="priority")
    def urgency(self, task: StaffTask) -> SafeString:
        return label(task.get_priority_display(), PRIORITY_COLORS[task.priority])

    @admin.display(description=_("status"), ordering="status")
    def state(self, task: StaffTask) -> SafeString:
        return label(task.get_status_display(), STATUS_COLORS[task.status])
