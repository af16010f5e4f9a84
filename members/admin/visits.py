"""Visits: staff may write down that somebody came."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin.columns import WithMember, when
from members.admin.scoping import ClubScopedAdmin
from members.models import Visit
from members.operations.visits import record_visit


class VisitForm(forms.ModelForm):
    def clean_attended_at(self) -> Any:
        if self.cleaned_data["attended_at"] > timezone.now():
            raise forms.ValidationError(_("A visit cannot lie in the future."))
        return self.cleaned_data["attended_at"]


@admin.register(Visit)
class VisitAdmin(WithMember, ClubScopedAdmin):
    club_path = "member__club"
    form = VisitForm
    list_display = ["attended", "who"]
    list_select_related = ["member__club"]
    search_fields = ["member__first_name", "member__last_name", "member__external_id"]
    autocomplete_fields = ["member"]

    # A visit that was wrong would have to take back the last visit with it; that is not offered yet.
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"attended_at": timezone.now(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Visit, form: Any, change: bool) -> None:
        obj.pk = record_visit(member_id=obj.member_id, attended_at=obj.attended_at, now=timezone.now()).pk

    @admin.display(description=_("attended"), ordering="attended_at")
    def attended(self, visit: Visit) -> str:
        return when(visit.attended_at, visit.member.club.zone)
