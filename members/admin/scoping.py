"""Whose rows a person may see: each admin names the way from its rows to their club, and the rest follows."""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib.auth import get_user_model
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter

from members.admin.histories import WithHistory as WithHistory
from members.admin.member_search import MemberSearch
from members.admin.paging import Paged, sorts_served
from members.admin.wall_clock import WallClockField
from members.models import Club


def visible_club_ids(request: HttpRequest) -> list[int]:
    """The clubs that this person works for; asked once per request."""
    ids: list[int] | None = getattr(request, "visible_club_ids", None)
    if ids is None:
        ids = list(Club.objects.visible_to(request.user).order_by("name").values_list("pk", flat=True))
        request.visible_club_ids = ids  # type: ignore[attr-defined]
    return ids


def visible_clubs_by_day(request: HttpRequest, now: dt.datetime) -> dict[dt.date, list[int]]:
    """The keys of those clubs by the day that it is there."""
    days: dict[dt.date, list[int]] = {}
    for club in Club.objects.filter(pk__in=visible_club_ids(request)):
        days.setdefault(club.today(now), []).append(club.pk)
    return days


def visible_staff(request: HttpRequest, row: models.Model | None, field: str) -> models.QuerySet[Any]:
    """The people to whom work may be given: the staff of the clubs that this person sees, and whoever has it now.

    Without the latter, saving a row would silently take it from somebody who left.
    """
    choices = models.Q(is_active=True, clubs__in=visible_club_ids(request))
    return (
        get_user_model().objects.filter(choices | models.Q(pk=getattr(row, f"{field}_id", None))).distinct()
    )


class ScopedChoices:
    """For admins and their inlines: every choice of a related row stays within the clubs of the person asking."""

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        related = self.admin_site._registry.get(db_field.remote_field.model)  # type: ignore[attr-defined]
        if isinstance(related, ClubScopedAdmin):
            kwargs["queryset"] = related.get_queryset(request)
        elif db_field.remote_field.model is get_user_model():
            kwargs["queryset"] = visible_staff(request, self._row_asked_for(request), db_field.name)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc, no-any-return]

    def _row_asked_for(self, request: HttpRequest) -> models.Model | None:
        return None


class ClubScopedAdmin(ScopedChoices, MemberSearch, Paged, ModelAdmin):
    """Rows of other clubs do not exist for this person, whatever her permissions; a superuser sees all."""

    club_path: ClassVar[str]
    """The lookup from a row to its club, such as `member__club`; `pk` for the club itself."""

    fixed_once_saved: ClassVar[tuple[str, ...]] = ("club",)
    """Fields that other rows rely on: chosen when the row is added, shown afterwards."""

    filled_from: ClassVar[dict[str, list[str]]] = {}
    """As Django's `prepopulated_fields`, which the page of an old version reads without asking whether they are fixed."""

    formfield_overrides = {models.DateTimeField: {"form_class": WallClockField}}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        if request.user.is_superuser:
            return rows
        return rows.filter(**{f"{self.club_path}__in": visible_club_ids(request)})

    def within_clubs(self, request: HttpRequest, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if not (request.user.is_superuser and self.club_path == "club"):
            return rows
        return rows.filter(**{f"{self.club_path}__in": visible_club_ids(request)})

    def sorts_for(self, request: HttpRequest) -> set[str] | None:
        is_one = self.club_path == "club" and len(visible_club_ids(request)) == 1
        return sorts_served(self.model, within="club" if is_one else "")

    def is_visible(self, request: HttpRequest, row: models.Model | None) -> bool:
        return row is None or request.user.is_superuser or self._club_id(row) in visible_club_ids(request)

    def seen_or_404(self, request: HttpRequest, object_id: str | int) -> Any:
        """The row, where this person may look at it; to anybody else it does not exist."""
        row = self.get_object(request, str(object_id))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        return row

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_view_permission(request, obj) and self.is_visible(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and self.is_visible(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self.is_visible(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        own = tuple(super().get_readonly_fields(request, obj))
        known = {field.name for field in self.model._meta.get_fields()}
        return (*own, *(name for name in self.fixed_once_saved if name in known)) if obj else own

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> dict[str, Any]:
        fixed = self.get_readonly_fields(request, obj)
        return {name: source for name, source in self.filled_from.items() if name not in fixed}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        if len(clubs := visible_club_ids(request)) == 1:
            initial.setdefault("club", clubs[0])
        return initial

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Instants are shown and typed in the club's zone."""
        with timezone.override(self._zone(request, object_id)):
            response = super().changeform_view(request, object_id, form_url, extra_context)
            return response.render() if hasattr(response, "render") else response

    def _row_asked_for(self, request: HttpRequest) -> models.Model | None:
        object_id = request.resolver_match and request.resolver_match.kwargs.get("object_id")
        return self.get_object(request, object_id) if object_id else None

    def _zone(self, request: HttpRequest, object_id: str | None) -> dt.tzinfo:
        row = self.get_object(request, object_id) if object_id else None
        clubs = [self._club_id(row) or 0] if row else visible_club_ids(request)
        zones = set(Club.objects.filter(pk__in=clubs).values_list("time_zone", flat=True)[:2])
        return zoneinfo.ZoneInfo(zones.pop()) if len(zones) == 1 else dt.UTC

    def _club_id(self, row: models.Model) -> int | None:
        *way, last = self.club_path.split("__")
        at: Any = row
        for step in way:
            at = getattr(at, step)
        return at.pk if last == "pk" else getattr(at, f"{last}_id")  # type: ignore[no-any-return]


class ReadOnly:
    """What happened is read, never edited."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class SuperusersOnly(Paged):
    """For what concerns the whole installation."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(request.user.is_superuser)


class ScopedFilter(RelatedDropdownFilter):
    """Offers the related rows that this person may see; nothing at all if there is only one."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        related = model_admin.admin_site._registry[field.remote_field.model]
        return [(row.pk, str(row)) for row in related.get_queryset(request)]


class ScopedSearchFilter(AutocompleteSelectFilter):
    """Looked for by typing, among the related rows that this person may see."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        related = changelist.model_admin.admin_site._registry[self.field.remote_field.model]
        for choice in super().choices(changelist):
            choice["form"].fields[self.lookup_kwarg].queryset = related.get_queryset(self.request)
            yield choice
