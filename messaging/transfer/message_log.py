"""The message log as CSV or JSON, line by line as the database gives it, however long it is."""

import csv
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from members.models import Club
from members.transfer.cells import harmless
from messaging.models import Message
from messaging.rules.reasons import in_words

CHUNK = 1_000
FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
FIELDS = (
    "created_at",
    "sent_at",
    "club",
    "member_id",
    "name",
    "channel",
    "to",
    "status",
    "reason",
    "workflow",
    "template",
    "subject",
    "text",
    "error",
)


def lines_of(messages: QuerySet[Message], form: str) -> Iterator[tuple[str, int]]:
    """Pieces of the file, each with how many messages are written by then."""
    return _csv(messages) if form == "csv" else _json(messages)


def _rows(messages: QuerySet[Message]) -> Iterator[dict[str, str]]:
    rows = messages.select_related("club", "member", "template").defer("html_body", "context")
    # In a transaction PostgreSQL's cursor gives rows as it finds them; outside it would first store all of them.
    with transaction.atomic():
        for message in rows.iterator(chunk_size=CHUNK):
            yield _row(message)


def _row(message: Message) -> dict[str, str]:
    values: tuple[Any, ...] = (
        _iso(message.created_at, message.club),
        _iso(message.sent_at, message.club),
        message.club.name,
        message.member.external_id,
        str(message.member),
        message.get_channel_display(),
        message.address,
        message.get_status_display(),
        in_words(message.reason) if message.reason else "",
        message.origin,
        message.template.name if message.template else "",
        message.subject,
        message.text_body,
        message.error,
    )
    return dict(zip(FIELDS, map(str, values), strict=True))


def _csv(messages: QuerySet[Message]) -> Iterator[tuple[str, int]]:
    writer = csv.writer(_Echo())
    # The mark at the start tells spreadsheets that it is UTF-8.
    yield "\ufeff" + writer.writerow(FIELDS), 0  # type: ignore[operator]
    for number, row in enumerate(_rows(messages), start=1):
        yield writer.writerow([harmless(value) for value in row.values()]), number  # type: ignore[misc]


def _json(messages: QuerySet[Message]) -> Iterator[tuple[str, int]]:
    number = 0
    yield "[", 0
    for number, row in enumerate(_rows(messages), start=1):
        yield ("\n  " if number == 1 else ",\n  ") + json.dumps(row, ensure_ascii=False), number
    yield "\n]\n" if number else "]\n", number


class _Echo:
    """A file for `csv` that hands each line straight back."""

    def write(self, line: str) -> str:
        return line


def _iso(instant: dt.datetime | None, club: Club) -> str:
    """By the club's clock, as the pages show it, with how far that is from UTC."""
    return instant.astimezone(club.zone).isoformat(timespec="seconds") if instant else ""
