"""The suppression list: addresses may be put on it and taken off; what the provider said stays as it was said."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from members.admin.columns import label, when
from members.admin.scoping import ClubScopedAdmin, ReadOnly, ScopedFilter, SuperusersOnly
from messaging.models import SendingPace, Suppression


@admin.register(Suppression)
class SuppressionAdmin(ClubScopedAdmin):
    club_path = "club"
    list_display = ["address", "channel", "why", "since", "club"]
    list_filter = [
        ("cause", ChoicesDropdownFilter),
        ("channel", ChoicesDropdownFilter),
        ("club", ScopedFilter),
    ]
    list_filter_submit = True
    list_select_related = ["club"]
    search_fields = ["address"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        now = {"suppressed_at": timezone.now(), "cause": Suppression.Cause.BY_HAND}
        return now | super().get_changeform_initial_data(request)

    @admin.display(description=_("why"), ordering="cause")
    def why(self, suppression: Suppression) -> SafeString:
        return label(suppression.get_cause_display(), "info" if suppression.cause == "by_hand" else "danger")

    @admin.display(description=_("since"), ordering="suppressed_at")
    def since(self, suppression: Suppression) -> str:
        return when(suppression.suppressed_at, suppression.club)


@admin.register(SendingPace)
class SendingPaceAdmin(ReadOnly, SuperusersOnly, ModelAdmin):
    list_display = ["channel", "free_at"]
