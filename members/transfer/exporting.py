"""Gives members out as CSV or JSON, in the form that `import_members` takes back without changing anything."""

import csv
import io
import json
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import F, QuerySet

from members.models import Club, CustomField, Member, MemberTag
from members.transfer.columns import in_order
from members.transfer.formulas import guarded
from members.transfer.ground import OWN
from members.transfer.tag_names import written

ROWS_AT_A_TIME = 2_000
# Column in the file → where it is found.
COLUMNS = {
    "id": "external_id",
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "phone": "phone",
    "birthday": "birthday_on",
    "joined_on": "joined_on",
    "last_attended_at": "last_attended_at",
    "membership_status": "membership_status",
    "membership_level": "membership_level",
    "is_recurring": "is_recurring",
    "trainer": "trainer__username",
    "time_zone": "time_zone",
    "language": "language",
    "stage": "stage",
    "origin": "origin",
    "inquired_on": "inquired_on",
}
LISTS = ("tags",)
END: tuple[int | None, Iterable[Any]] = (None, ())


def csv_lines(members: QuerySet[Member], clubs: Mapping[int, Club]) -> Iterator[str]:
    """The lines of a CSV file; what a spreadsheet would run is preceded by an apostrophe."""
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    # The mark at the start tells spreadsheets that it is UTF-8.
    yield "\ufeff"
    columns = _columns(clubs)
    writer.writerow(columns)
    for row in _rows(members, clubs, columns):
        writer.writerow([_cell(value) for value in row.values()])
        if line.tell() > 32_000:
            yield _emptied(line)
    yield _emptied(line)


def json_lines(members: QuerySet[Member], clubs: Mapping[int, Club]) -> Iterator[str]:
    """The lines of a JSON list, one member on each."""
    before = "[\n"
    for row in _rows(members, clubs, _columns(clubs)):
        yield before + json.dumps(row, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _columns(clubs: Mapping[int, Club]) -> list[str]:
    # Members of several clubs may bear the same id, so that a file of all says whose each is.
    return [*COLUMNS, *LISTS, *(["club_slug"] if len(clubs) > 1 else []), *_own_columns(clubs)]


def _own_columns(clubs: Mapping[int, Club]) -> list[str]:
    names = CustomField.objects.filter(club__in=clubs).order_by().values_list("name", flat=True)
    return [f"{OWN}{name}" for name in sorted(set(names))]


def _rows(
    members: QuerySet[Member], clubs: Mapping[int, Club], columns: list[str]
) -> Iterator[dict[str, Any]]:
    own = [name for name in columns if name.startswith(OWN)]
    zones: dict[int, zoneinfo.ZoneInfo] = {pk: club.zone for pk, club in clubs.items()}
    found = (
        members.order_by("pk")
        .prefetch_related(None)
        .values_list("club_id", "pk", "custom", *COLUMNS.values(), F("club__slug"))
        .iterator(chunk_size=ROWS_AT_A_TIME)
    )
    for club_id, tags, custom, *values in _with_tags(found, members):
        *known, slug = values
        row = dict(zip(columns[: len(columns) - len(own)], [*known, tags, slug], strict=False))
        for name in ("birthday", "joined_on", "inquired_on"):
            row[name] = row[name] and row[name].isoformat()
        if attended_at := row["last_attended_at"]:
            row["last_attended_at"] = attended_at.astimezone(zones[club_id]).isoformat()
        yield row | {name: custom.get(name.removeprefix(OWN)) for name in own}


def _with_tags(found: Iterator[Any], members: QuerySet[Member]) -> Iterator[tuple[Any, ...]]:
    """Each row with the names of the member's tags in place of the key; both come by key, so that one query more is enough."""
    borne = (
        MemberTag.objects.filter(member__in=members.order_by().values("pk"))
        .order_by("member")
        .values_list("member", "tag__name")
        .iterator(chunk_size=ROWS_AT_A_TIME)
    )
    each = groupby(borne, key=itemgetter(0))
    bearer, tags = next(each, END)
    for club_id, pk, *values in found:
        while bearer is not None and bearer < pk:
            bearer, tags = next(each, END)
        names = [name for _pk, name in tags] if bearer == pk else []
        yield club_id, written(in_order(names)), *values


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(value) if isinstance(value, str) else str(value)


def _emptied(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text
