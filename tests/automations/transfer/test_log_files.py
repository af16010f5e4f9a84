"""The log as a file: the promised fields in their order, nothing a spreadsheet would run, whole or not at all."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from automations.reports.log import LogRow
from automations.transfer.log_files import UnknownFormat, write_log

FIELDS = [
    "run_at",
    "workflow",
    "member_id",
    "first_name",
    "channel",
    "decision",
    "reason",
    "reason_text",
    "to",
    "body",
    "status",
    "sent_at",
]


def row(first_name: str = "John", **more: str) -> LogRow:
    values = dict.fromkeys(FIELDS, "") | {"member_id": "M1", "first_name": first_name} | more
    return LogRow(**values, days=7)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_json_has_exactly_the_promised_fields_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    assert write_log([row(), row("Zoë")], path) == 2
    rows = json.loads(path.read_text(encoding="utf-8"))
    assert [list(each) for each in rows] == [FIELDS, FIELDS]
    assert [each["first_name"] for each in rows] == ["John", "Zoë"]


def test_csv_has_exactly_the_promised_fields_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    assert write_log([row(), row("Zoë")], path) == 2
    assert path.read_text(encoding="utf-8-sig").splitlines()[0] == ",".join(FIELDS)
    assert [each["first_name"] for each in read_csv(path)] == ["John", "Zoë"]


@pytest.mark.parametrize("suffix", [".json", ".JSON"])
def test_json_keeps_every_name_as_it_is(suffix: str, tmp_path: Path) -> None:
    names = ['"Q" <b>', "=1+1", "نور", "😀", "two\nlines", "back\\slash"]
    path = tmp_path / f"log{suffix}"
    write_log([row(name) for name in names], path)
    assert [each["first_name"] for each in json.loads(path.read_text(encoding="utf-8"))] == names


def test_csv_keeps_quotes_commas_and_lines_in_one_field(tmp_path: Path) -> None:
    names = ['"Q", <b>', "نور", "😀", "two\nlines", "a;b"]
    path = tmp_path / "log.CSV"
    write_log([row(name) for name in names], path)
    assert [each["first_name"] for each in read_csv(path)] == names


@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "+1=2", "+", "-"])
def test_what_a_spreadsheet_would_run_is_made_harmless(name: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    write_log([row(name, body=name)], path)
    (read,) = read_csv(path)
    assert read["first_name"] == read["body"] == f"'{name}"


@pytest.mark.parametrize("text", ["+155555501", "-5", "John", "a=b", "O'Brien", ""])
def test_a_phone_number_and_plain_text_stay_as_they_are(text: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    write_log([row(to=text)], path)
    assert read_csv(path)[0]["to"] == text


@pytest.mark.parametrize(("text", "kept"), [("+15555\n=1", "'+15555\n'=1"), ("+15555\n", "'+15555\n")])
def test_a_phone_number_with_another_line_is_no_phone_number(text: str, kept: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    write_log([row(to=text)], path)
    assert read_csv(path)[0]["to"] == kept


def test_a_log_without_rows_is_still_a_file_of_its_form(tmp_path: Path) -> None:
    assert [write_log([], tmp_path / name) for name in ("log.json", "log.csv")] == [0, 0]
    assert json.loads((tmp_path / "log.json").read_text()) == []
    assert (tmp_path / "log.csv").read_text(encoding="utf-8-sig").splitlines() == [",".join(FIELDS)]


@pytest.mark.parametrize("name", ["log", "log.xlsx", "log.json.gz"])
def test_another_form_is_refused_before_anything_is_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat):
        write_log([row()], tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["log.json", "log.csv"])
def test_rows_that_break_off_leave_the_former_file_and_no_half_one(name: str, tmp_path: Path) -> None:
    def breaks_off() -> Iterator[LogRow]:
        yield row()
        raise RuntimeError

    path = tmp_path / name
    path.write_text("the former")
    with pytest.raises(RuntimeError):
        write_log(breaks_off(), path)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [(name, "the former")]


def test_a_path_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "log.json").mkdir()
    for path in (tmp_path / "log.json", tmp_path / "nowhere" / "log.csv"):
        with pytest.raises(OSError, match=path.name):
            write_log([row()], path)
    assert [each.name for each in tmp_path.iterdir()] == ["log.json"]
