"""Keys of the club's other systems: made here, shown once, and revoked for good."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from members.admin.columns import label, when
from members.admin.questions import NotDone, asked
from members.admin.scoping import ClubScopedAdmin, ScopedFilter
from members.models import ApiKey, Scope
from members.operations.api_keys import create_api_key, revoke_api_key
from members.rules.wording import person_name


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("May"),
        choices=Scope.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("No more than the system needs."),
    )


@admin.register(ApiKey)
class ApiKeyAdmin(ClubScopedAdmin):
    club_path = "club"
    form = ApiKeyForm
    list_display = ["name", "beginning", "may", "used", "state", "club"]
    list_filter = [("club", ScopedFilter)]
    list_select_related = ["club"]
    search_fields = ["name"]
    actions_detail = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        if obj is None:
            return ["club", "name", "scopes", "requests_per_minute"]
        return ["club", "name", "beginning", "may", "requests_per_minute", "made", "by", "used", "state"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple(self.get_fields(request, obj)) if obj else ()

    # A key stays as it was made: it is revoked, and another one made.
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = request.user
        may = user.has_perm("members.view_apikey") or user.has_perm("members.change_apikey")
        return may and self.is_visible(request, obj)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        key, secret = create_api_key(
            club=obj.club,
            name=obj.name,
            scopes=obj.scopes,
            requests_per_minute=obj.requests_per_minute,
            now=timezone.now(),
            by=request.user,  # type: ignore[arg-type]
        )
        obj.pk = key.pk
        # Not by a message, which would be kept in the session or in a cookie.
        request.secret_of_key = secret  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: Any = None) -> HttpResponse:
        """The only time that the key is shown."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("The key of “%(name)s”") % {"name": obj.name},
            "opts": ApiKey._meta,
            "secret": request.secret_of_key,  # type: ignore[attr-defined]
            "list_url": reverse("admin:members_apikey_changelist"),
        }
        response = render(request, "admin/members/apikey/made.html", context)
        response["Cache-Control"] = "no-store"
        return response

    # By name: Unfold looks up a dotted permission in the database before there is one.
    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("members.change_apikey"))

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        key = self.get_object(request, str(object_id))
        if key is None or key.revoked_at:
            return []
        return super().get_actions_detail(request, object_id)  # type: ignore[no-any-return]

    @action(description=gettext_lazy("Revoke"), permissions=["revoke"], url_path="revoke", icon="key_off")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET asks, POST does."""
        key: ApiKey = self.seen_or_404(request, object_id)

        def deed(_cleaned: dict[str, Any]) -> str:
            if not revoke_api_key(key_id=key.pk, now=timezone.now()):
                raise NotDone(_("It was revoked already."))
            self.log_change(request, key, _("Revoked."))
            return _("Revoked. Nobody gets in by it any more.")

        return asked(
            request,
            title=_("Revoke the key of “%(name)s”?") % {"name": key.name},
            explains=_(
                "The system that uses it is shut out at once and for good. Give it another key before."
            ),
            button=_("Revoke"),
            deed=deed,
            back=reverse("admin:members_apikey_change", args=[key.pk]),
        )

    @admin.display(description=gettext_lazy("begins with"), ordering="prefix")
    def beginning(self, key: ApiKey) -> str:
        return f"{key.prefix}…"

    @admin.display(description=gettext_lazy("may"))
    def may(self, key: ApiKey) -> str:
        words = dict(Scope.choices)
        return ", ".join(str(words.get(scope, scope)) for scope in key.scopes)

    @admin.display(description=gettext_lazy("last used"), ordering="last_used_at")
    def used(self, key: ApiKey) -> str:
        return when(key.last_used_at, key.club) or _("never")

    @admin.display(description=gettext_lazy("made"), ordering="created_at")
    def made(self, key: ApiKey) -> str:
        return when(key.created_at, key.club)

    @admin.display(description=gettext_lazy("made by"))
    def by(self, key: ApiKey) -> str:
        return person_name(key.created_by) if key.created_by else ""

    @admin.display(description=gettext_lazy("state"), ordering="revoked_at")
    def state(self, key: ApiKey) -> SafeString:
        return label(_("Revoked"), "danger") if key.revoked_at else label(_("Open"), "success")
