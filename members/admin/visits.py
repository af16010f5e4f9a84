"""Visits: staff may write down that somebody came, and take back what was mistyped."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin.columns import WithMember, when
from members.admin.scoping import ClubScopedAdmin, visible_club_ids
from members.models import Club, Visit
from members.operations.visits import record_visit, refuse_before_joining, take_back_visit
from members.rules.days import at_wall_clock


class VisitForm(forms.ModelForm):
    def clean(self) -> Any:
        cleaned = super().clean() or self.cleaned_data
        member, attended_at = cleaned.get("member"), cleaned.get("attended_at")
        if member and attended_at:
            # What was typed is the member's club's wall clock, also for somebody who sees clubs of several zones.
            wall_clock = timezone.localtime(attended_at)
            cleaned["attended_at"] = attended_at = at_wall_clock(
                wall_clock.date(), wall_clock.time(), member.club.zone
            )
            if attended_at > timezone.now():
                self.add_error("attended_at", _("A visit cannot lie in the future."))
            try:
                refuse_before_joining(member, wall_clock.date())
            except forms.ValidationError as refused:
                self.add_error("attended_at", refused)
        return cleaned


@admin.register(Visit)
class VisitAdmin(WithMember, ClubScopedAdmin):
    club_path = "member__club"
    form = VisitForm
    list_display = ["attended", "who"]
    list_select_related = ["member__club"]
    search_fields = ["member__first_name", "member__last_name", "member__external_id"]
    autocomplete_fields = ["member"]

    # A visit that was wrong is taken back and recorded anew.
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one, since each may change who is away; a whole list deleted at once would tell nobody."""
        return {
            name: action for name, action in super().get_actions(request).items() if name != "delete_selected"
        }

    def delete_model(self, request: HttpRequest, obj: Visit) -> None:
        take_back_visit(visit_id=obj.pk, now=timezone.now())

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        zones = set(
            Club.objects.filter(pk__in=visible_club_ids(request)).values_list("time_zone", flat=True)[:2]
        )
        return {"attended_at": timezone.now(), **initial} if len(zones) == 1 else initial

    def save_model(self, request: HttpRequest, obj: Visit, form: Any, change: bool) -> None:
        obj.pk = record_visit(member_id=obj.member_id, attended_at=obj.attended_at, now=timezone.now()).pk

    @admin.display(description=_("attended"), ordering="attended_at")
    def attended(self, visit: Visit) -> str:
        return when(visit.attended_at, visit.member.club)
