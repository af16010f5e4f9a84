"""What the pages of agreements, payments, bookings and documents have in common: each belongs to a member, whose status follows every change."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from members.admin.columns import WithMember
from members.admin.scoping import ClubScopedAdmin
from members.operations.follow_up import BY_HAND, following_up


class MemberFactForm(forms.ModelForm):
    """Asks for the member alone, and judges the row as one of her club."""

    def clean(self) -> Any:
        cleaned = super().clean() or self.cleaned_data
        if member := cleaned.get("member"):
            self.instance.club = member.club
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        left_out = super()._get_validation_exclusions()  # type: ignore[misc]
        return left_out - {"club"} if self.instance.club_id else left_out

    @property
    def member_id(self) -> int | None:
        member = self.cleaned_data.get("member")
        return member.pk if member else self.instance.member_id


class MemberFactAdmin(WithMember, ClubScopedAdmin):
    """Its rows belong to the member's club; another system may overwrite them with newer news only."""

    club_path = "club"
    exclude = ("club",)
    fixed_once_saved = ("member", "external_id")
    autocomplete_fields = ["member"]
    list_select_related = ["member", "club"]
    search_fields = ["external_id", "member__first_name", "member__last_name", "member__external_id"]

    said_in_words: ClassVar[dict[str, str]] = {}
    """Fields that whoever may only look sees otherwise than they are kept."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (name, {**part, "fields": [self.said_in_words.get(one, one) for one in part["fields"]]})
            for name, part in fieldsets
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        now = timezone.now()
        obj.club, obj.changed_at = obj.member.club, now
        ours = {"club": obj.club, "member_ids": [obj.member_id]}
        with following_up(**ours, now=now, cause=BY_HAND, are_new=not change):
            super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        club, member = obj.club, obj.member_id
        with following_up(club=club, member_ids=[member], now=timezone.now(), cause=BY_HAND):
            super().delete_model(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one, since each may change somebody's status."""
        return {
            name: action for name, action in super().get_actions(request).items() if name != "delete_selected"
        }
