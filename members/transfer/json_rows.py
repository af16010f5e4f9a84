"""Reads rows from a JSON list of flat objects, holding one of them at a time."""

from collections.abc import Collection, Iterator
from typing import Any, BinaryIO

import ijson
from django.utils.translation import gettext as _

from members.transfer.half_characters import MARK, marked_pieces
from members.transfer.rows import LONGEST_ROW, Refusal, Row, UnreadableFile, column

PIECE = 65_536


def json_rows(file: BinaryIO, known: Collection[str]) -> Iterator[Row | Refusal]:
    """The rows in their order; whatever is no flat object, or has a `known` name twice, is refused."""
    line = 1
    size = 0
    events = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events)
    builder = _RowBuilder(known)
    # Line by line, so that whatever the parser tells lies on the line that it was given.
    for piece in marked_pieces(file, PIECE):
        broken: ijson.JSONError | None = None
        try:
            parser.send(piece)
        except ijson.JSONError as error:
            broken = error
        except UnicodeDecodeError as error:
            raise UnreadableFile(_("Line %d is not UTF-8.") % line) from error
        except (SystemError, ValueError) as error:
            # A number of thousands of digits leaves a hole among the events that must not be touched.
            raise UnreadableFile(_("Line %d holds a number that is too long.") % line) from error
        done = list(builder.take(events, line))
        del events[:]
        yield from done
        if broken:
            raise UnreadableFile(
                _("Line %(line)d is not JSON: %(why)s.") % {"line": line, "why": _why(broken)}
            )
        size = 0 if done or builder.depth < 2 else size + len(piece)
        if size > LONGEST_ROW:
            raise UnreadableFile(_("Line %d begins a row that is too long.") % builder.line)
        line += piece.endswith(b"\n")
    try:
        parser.close()
    except ijson.JSONError as error:
        if not builder.depth:
            raise UnreadableFile(_("The file is empty.")) from error
        raise UnreadableFile(_("The file ends in the middle: it was cut off at line %d.") % line) from error


def _why(error: ijson.JSONError) -> str:
    words = error.args[0]
    text = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    return text.partition("\n")[0].rstrip(".")


class _RowBuilder:
    """Puts flat objects together from a parser's events, and refuses what is no object at all."""

    def __init__(self, known: Collection[str]) -> None:
        self.known = known
        self.depth = 0
        self.line = 0
        self.number = 0
        self.key = ""
        self.cells: dict[str, Any] = {}
        self.refusal: Refusal | None = None

    def take(self, events: list[tuple[str, Any]], line: int) -> Iterator[Row | Refusal]:
        for event, value in events:
            if event == "map_key":
                if self.depth == 2:
                    self.key = column(value)
                continue
            if event in ("end_map", "end_array"):
                self.depth -= 1
            else:
                if self.depth == 0 and event != "start_array":
                    raise UnreadableFile(_("The file must be one list of rows: [ {…}, {…} ]."))
                if self.depth == 1:
                    self._begin(event, line)
                elif self.depth == 2:
                    self._put([] if event.startswith("start") else value)
                if event.startswith("start"):
                    self.depth += 1
                    continue
            if self.depth == 1:
                yield self.refusal or Row(self.line, self.cells, self.number)

    def _begin(self, event: str, line: int) -> None:
        self.line = line
        self.number += 1
        self.cells = {}
        self.refusal = None if event == "start_map" else self._refused("", _("is no object like {…}."))

    def _put(self, value: Any) -> None:
        if self.key in self.cells and self.key in self.known and not self.refusal:
            self.refusal = self._refused(self.key, _("is there twice."))
        if isinstance(value, str) and MARK in value:
            value = value.replace(MARK, "\N{REPLACEMENT CHARACTER}")
            if self.key in self.known and not self.refusal:
                reason = _("holds half a character, such as a cut-off emoji. Write it anew.")
                self.refusal = self._refused(self.key, reason)
        self.cells[self.key] = value

    def _refused(self, field: str, reason: str) -> Refusal:
        return Refusal(self.line, field, reason, self.number, self.cells)
