"""What members agreed to: added to, never changed or deleted."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter

from members.admin.columns import WithMember, label, when
from members.admin.imports import WithImport
from members.admin.scoping import ClubScopedAdmin
from members.models import Member
from members.signals import facts_changed
from messaging.admin.consent_file import FILE
from messaging.models import ConsentRecord


@admin.register(ConsentRecord)
class ConsentRecordAdmin(WithImport, WithMember, ClubScopedAdmin):
    file_kind = FILE
    club_path = "member__club"
    list_display = ["recorded", "who", "channel", "about", "answer", "source", "recorded_by"]
    list_filter = [
        ("channel", ChoicesDropdownFilter),
        ("category", ChoicesDropdownFilter),
        ("is_granted", BooleanRadioFilter),
    ]
    list_filter_submit = True
    list_select_related = ["member__club", "recorded_by"]
    search_fields = ["member__first_name", "member__last_name", "member__external_id"]
    autocomplete_fields = ["member"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "recorded_by") if obj else fixed

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _may_import(self, request: HttpRequest) -> bool:
        # Words are added and never changed, by a file neither.
        return self.has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        now = {"recorded_at": timezone.now(), "source": _("front desk")}
        return now | super().get_changeform_initial_data(request)

    def save_model(self, request: HttpRequest, obj: ConsentRecord, form: Any, change: bool) -> None:
        obj.recorded_by_id = request.user.pk
        super().save_model(request, obj, form, change)
        facts_changed.send(sender=Member, member_ids=[obj.member_id])

    @admin.display(description=_("when"))
    def recorded(self, record: ConsentRecord) -> str:
        return when(record.recorded_at, record.member.club)

    @admin.display(description=_("for what"))
    def about(self, record: ConsentRecord) -> str:
        return record.get_category_display() if record.category else str(_("Everything"))

    @admin.display(description=_("said"))
    def answer(self, record: ConsentRecord) -> SafeString:
        return label(_("Yes"), "success") if record.is_granted else label(_("No"), "danger")
