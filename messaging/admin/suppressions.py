"""The suppression list: addresses may be put on it, and taken off with a note where staff may; what the provider said stays as it was said."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from members.admin.columns import label, when
from members.admin.questions import NotDone, asked
from members.admin.scoping import ClubScopedAdmin, ReadOnly, ScopedFilter, SuperusersOnly
from members.admin.task_deeds import NeededNoteForm
from messaging.admin.page_deeds import WithPageDeeds
from messaging.models import SendingPace, Suppression
from messaging.operations.suppressions import LIFTABLE, NotLifted, lift_suppression

MAY_LIFT = "messaging.delete_suppression"


@admin.register(Suppression)
class SuppressionAdmin(WithPageDeeds, ClubScopedAdmin):
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

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # With a note, where it may be: by its own button.
        return False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.lift_view)
        own = path("<int:object_id>/lift/", view, name="messaging_suppression_lift")
        return [own, *super().get_urls()]

    def deeds_of(self, request: HttpRequest, row: Suppression) -> list[dict[str, Any]]:
        if row.cause not in LIFTABLE or not request.user.has_perm(MAY_LIFT):
            return []
        return [
            {"label": _("Take it off"), "url": reverse("admin:messaging_suppression_lift", args=[row.pk])}
        ]

    def lift_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        entry: Suppression = self.seen_or_404(request, object_id)
        if not request.user.has_perm(MAY_LIFT):
            raise PermissionDenied

        def deed(cleaned: dict[str, Any]) -> str:
            try:
                with transaction.atomic():
                    lifted = lift_suppression(suppression_id=entry.pk)
                    self.log_change(request, entry, f"{lifted}: {cleaned['note']}")
            except NotLifted as why:
                raise NotDone(str(why)) from None
            return str(_("%(address)s is off the list.") % {"address": lifted.address})

        return asked(
            request,
            NeededNoteForm(request.POST if request.method == "POST" else None),
            title=str(_("Take this address off the list?")),
            explains=f"{entry}. {entry.detail}",
            button=str(_("Take it off")),
            deed=deed,
            back=reverse("admin:messaging_suppression_changelist"),
            opts=Suppression._meta,
        )

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

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        # Its key is a text, and PostgreSQL compares none with a NUL.
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)
