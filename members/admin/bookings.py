"""Classes and who booked a place in them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter

from members.admin import file_kinds
from members.admin.columns import link_to, when
from members.admin.imports import WithImport
from members.admin.member_facts import MemberFactAdmin, MemberFactForm
from members.admin.scoping import ClubScopedAdmin, ScopedFilter
from members.models import Booking, ClassSession
from members.operations.bookings import follow_up_classes


class BookingForm(MemberFactForm):
    def clean(self) -> Any:
        cleaned = super().clean()
        session = cleaned.get("class_session")
        if session and self.instance.club_id and session.club_id != self.instance.club_id:
            self.add_error("class_session", _("This class is another club's."))
        return cleaned


@admin.register(Booking)
class BookingAdmin(WithImport, MemberFactAdmin):
    file_kind = file_kinds.BOOKINGS
    form = BookingForm
    list_display = ["external_id", "who", "session", "starts", "status"]
    list_filter = [("status", ChoicesDropdownFilter), ("club", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["member", "club", "class_session"]
    autocomplete_fields = ["member", "class_session"]
    search_help_text = _("Booking ID, name or member ID")
    fields = ["member", "external_id", "class_session", "status", "booked_at", "checked_in_at"]

    def save_model(self, request: HttpRequest, obj: Booking, form: Any, change: bool) -> None:
        now = timezone.now()
        if not change:
            obj.first_told_at = now
        if not change or "status" in form.changed_data:
            obj.status_since = now
        super().save_model(request, obj, form, change)

    @admin.display(description=_("class"))
    def session(self, booking: Booking) -> str:
        return link_to(booking.class_session)

    @admin.display(description=_("starts"))
    def starts(self, booking: Booking) -> str:
        return when(booking.class_session.starts_at, booking.club)


@admin.register(ClassSession)
class ClassSessionAdmin(WithImport, ClubScopedAdmin):
    file_kind = file_kinds.CLASSES
    club_path = "club"
    fixed_once_saved = ("club", "external_id")
    list_display = ["name", "starts", "is_canceled"]
    list_filter = [("is_canceled", BooleanRadioFilter), ("club", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["club"]
    search_fields = ["external_id", "name"]
    search_help_text = _("Class ID or name")
    fields = ["club", "external_id", "name", "starts_at", "ends_at", "is_canceled"]

    def save_model(self, request: HttpRequest, obj: ClassSession, form: Any, change: bool) -> None:
        now = timezone.now()
        obj.changed_at = now
        super().save_model(request, obj, form, change)
        follow_up_classes(club=obj.club, class_session_ids=[obj.pk], now=now)

    @admin.display(description=_("starts"), ordering="starts_at")
    def starts(self, session: ClassSession) -> str:
        return when(session.starts_at, session.club)
