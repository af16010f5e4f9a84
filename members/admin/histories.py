"""Who changed what and when, in words: choices by their labels, rows by their names, instants in the club's zone."""

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from members.admin.columns import when
from members.models import Club
from members.rules.wording import DEFAULT_LOCALE, day_in_words, person_name, short_instant

LONGEST = 300
KINDS = {"+": gettext_lazy("Added"), "~": gettext_lazy("Changed"), "-": gettext_lazy("Deleted")}


@dataclass(frozen=True)
class Change:
    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Told:
    """One version, as a line of the page."""

    version: Any
    when: str
    who: str
    what: str
    changes: list[Change]


class WithHistory(SimpleHistoryAdmin):
    """Who changed what, to be read; a row is set right by editing it, not by bringing an old one back."""

    object_history_template = "admin/history.html"

    def revert_disabled(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return True

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self._refuse_hidden(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        self._refuse_hidden(request, object_id)
        if request.method != "GET":
            raise PermissionDenied
        _refuse_odd(self.model.history.model, version_id)
        return super().history_form_view(request, object_id, version_id, extra_context)

    def _refuse_hidden(self, request: HttpRequest, object_id: str) -> None:
        _refuse_odd(self.model, object_id)
        # The history is found by the row's id alone, whoever asks; only a superuser may read that of a deleted row.
        if not request.user.is_superuser and self.get_object(request, object_id) is None:
            raise Http404

    def history_view_title(self, request: HttpRequest, obj: Any) -> str:
        return _("History of %(name)s") % {"name": obj}

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, *_args: Any, **_kwargs: Any
    ) -> None:
        """In place of the library's: the page gets its lines."""
        page = historical_records
        versions = list(page.object_list)
        earlier = versions[-1].prev_record if versions and page.has_next() else None
        page.lines = _told([*versions, *([earlier] if earlier else [])], self._club_of)[: len(versions)]

    def _club_of(self, version: Any) -> Club | None:
        at = version
        try:
            for step in getattr(self, "club_path", "").split("__"):
                at = at.instance if step == "pk" else getattr(at, step)
        except (ObjectDoesNotExist, AttributeError):
            return None
        return at if isinstance(at, Club) else None


def _refuse_odd(model: type[models.Model], key: str) -> None:
    try:
        model._meta.pk.to_python(key)
    except ValidationError:
        raise Http404 from None


def _told(versions: list[Any], club_of: Callable[[Any], Club | None]) -> list[Told]:
    """Each version against the one before it of the same row; they come newest first."""
    if not versions:
        return []
    lists = _lists(versions)
    told = []
    before: dict[Any, Any] = {}
    for version in reversed(versions):
        club = club_of(version)
        at = version.history_date
        said = str(KINDS.get(version.history_type, ""))
        previous = before.get(version.instance.pk)
        if previous is None and version.history_type == "~":
            said = _("Changed. What stood there before was not kept.")
        told.append(
            Told(
                version=version,
                when=when(at, club) if club else f"{short_instant(at, zoneinfo.ZoneInfo('UTC'))} UTC",
                who=_person(version),
                what=said,
                changes=list(_changes(previous, version, club, lists))
                if previous and version.history_type == "~"
                else [],
            )
        )
        before[version.instance.pk] = version
    return told[::-1]


def _person(version: Any) -> str:
    person = version.history_user
    return person_name(person) if person else _("Rollcall itself")


def _changes(
    old: Any, new: Any, club: Club | None, lists: dict[tuple[str, Any], list[str]]
) -> Iterable[Change]:
    for field in new.tracked_fields:
        if not field.editable or getattr(old, field.attname) == getattr(new, field.attname):
            continue
        change = Change(capfirst(field.verbose_name), *(_in_words(one, field, club) for one in (old, new)))
        if change.old != change.new:
            yield change
    for field in new._history_m2m_fields:
        was, now = (", ".join(sorted(lists.get((field.name, one.pk), []))) for one in (old, new))
        if was != now:
            yield Change(capfirst(field.verbose_name), was or _("nobody"), now or _("nobody"))


def _lists(versions: list[Any]) -> dict[tuple[str, Any], list[str]]:
    """Who stood in a list at each version, by field and version; one query for a field."""
    found: dict[tuple[str, Any], list[str]] = {}
    for field in versions[0]._history_m2m_fields:
        one = field.m2m_reverse_field_name()
        kept = getattr(versions[0], field.name).model.objects.filter(history__in=versions).select_related(one)
        for row in kept:
            found.setdefault((field.name, row.history_id), []).append(str(getattr(row, one)))
    return found


def _in_words(version: Any, field: Any, club: Club | None) -> str:
    value = getattr(version, field.attname)
    if value in (None, "", {}, []):
        return _("nothing")
    if isinstance(field, models.ForeignKey):
        try:
            return str(getattr(version, field.name))
        except ObjectDoesNotExist:
            return _("something since deleted")
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain_value(value, club)


def _plain_value(value: Any, club: Club | None) -> str:
    match value:
        case bool():
            return _("Yes") if value else _("No")
        case dt.datetime():
            return when(value, club) if club else short_instant(value, zoneinfo.ZoneInfo("UTC"))
        case dt.date():
            return day_in_words(value, club.locale if club else DEFAULT_LOCALE)
        case dt.time():
            return value.strftime("%H:%M")
        case list():
            return ", ".join(str(one) for one in value)
    return Truncator(str(value)).chars(LONGEST)
