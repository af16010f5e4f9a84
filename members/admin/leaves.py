"""Leave: who of the staff is away when, so that no task is given to somebody who is not there."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from members.admin.scoping import ClubScopedAdmin, ScopedFilter
from members.models import Leave


class LeaveForm(forms.ModelForm):
    def clean(self) -> Any:
        cleaned = super().clean() or self.cleaned_data
        club, person = cleaned.get("club", getattr(self.instance, "club", None)), cleaned.get("person")
        if club and person and not club.staff.filter(pk=person.pk).exists():
            self.add_error("person", ValidationError(_("Nobody of this club's staff.")))
        return cleaned


@admin.register(Leave)
class LeaveAdmin(ClubScopedAdmin):
    club_path = "club"
    form = LeaveForm
    fields = ["club", "person", "starts_on", "returns_on", "note"]
    list_display = ["person", "starts_on", "returns_on", "note", "club"]
    list_filter = [("club", ScopedFilter)]
    list_select_related = ["club", "person"]
    search_fields = ["person__username", "person__first_name", "person__last_name", "note"]
