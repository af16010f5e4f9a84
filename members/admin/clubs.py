"""Clubs and the days on which they were shut."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from members.admin.columns import label
from members.admin.scoping import ClubScopedAdmin, ScopedFilter, WithHistory
from members.models import Closure, Club


@admin.register(Club)
class ClubAdmin(WithHistory, ClubScopedAdmin):
    club_path = "pk"
    list_display = ["name", "time_zone", "sender_email", "sms_sender", "sending"]
    search_fields = ["name", "slug"]
    filled_from = {"slug": ["name"]}
    fixed_once_saved = ("slug",)
    autocomplete_fields = ["staff"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "time_zone", "locale", "currency", "booking_link"]}),
        (_("Sender"), {"fields": ["sender_name", "sender_email", "sms_sender"]}),
        (_("Hours"), {"fields": ["send_from", "send_until", "daily_check_at"]}),
        (_("Kill switch"), {"fields": ["sending_paused"]}),
        (_("Staff"), {"fields": ["staff"]}),
    ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "booking_link":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    # Whoever could choose a club's staff could give herself any club.
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if request.user.is_superuser else (*fixed, "staff")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    @admin.display(description=_("sending"))
    def sending(self, club: Club) -> SafeString:
        return label(_("Paused"), "danger") if club.sending_paused else label(_("On"), "success")


@admin.register(Closure)
class ClosureAdmin(WithHistory, ClubScopedAdmin):
    club_path = "club"
    list_display = ["starts_on", "reopens_on", "note", "club"]
    list_filter = [("club", ScopedFilter)]
    list_select_related = ["club"]
    search_fields = ["note"]
