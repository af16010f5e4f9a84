"""A club's own fields in member files: taken by their type, told where unknown, given out and taken back the same."""

import io
import json
from typing import Any

import pytest

from members.models import Club, CustomField, Member
from members.transfer.exporting import csv_lines, json_lines
from members.transfer.importing import ImportReport, import_members
from tests.factories import NOW, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db

TYPES = {"goal": "text", "size": "number", "vip": "truth", "since": "day"}


@pytest.fixture
def club() -> Club:
    club = ClubFactory()
    for name, type in TYPES.items():
        CustomField.objects.create(club=club, name=name, label=name.title(), type=type)
    return club


def taken(club: Club, text: str) -> ImportReport:
    return import_members(club=club, path_or_file=io.BytesIO(text.encode()), now=NOW)


def test_each_is_taken_by_its_type_and_a_second_time_changes_nothing(club: Club) -> None:
    file = (
        "id,first_name,custom.goal,Custom.Size,custom.vip,custom.since\nM1,Ana,Run 10k,42.5,yes,2025-01-31\n"
    )
    assert taken(club, file).created == 1
    custom = {"goal": "Run 10k", "size": 42.5, "vip": True, "since": "2025-01-31"}
    assert Member.objects.get().custom == custom
    assert taken(club, file).unchanged == 1


def test_what_a_file_leaves_out_stays_and_an_empty_cell_takes_away(club: Club) -> None:
    MemberFactory(club=club, external_id="M1", custom={"goal": "Run", "size": 42})
    assert taken(club, "id,custom.size,custom.vip\nM1,,no\n").changed == 1
    assert Member.objects.get().custom == {"goal": "Run", "vip": False}


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("size", "large", "must be a number like 42 or 42.5."),
        ("size", "1e999", "must be a number like 42 or 42.5."),
        ("size", "nan", "must be a number like 42 or 42.5."),
        ("vip", "perhaps", "must be yes or no."),
        ("since", "soon", "“soon” is no date like 2025-08-25."),
        ("goal", "x" * 201, "is longer than 200 characters."),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(club: Club, column: str, cell: str, why: str) -> None:
    report = taken(club, f"id,first_name,custom.{column}\nM1,Ana,{cell}\n")
    (refusal,) = report.refused
    assert (refusal.line, refusal.field, refusal.reason) == (2, f"custom.{column}", why)
    assert not Member.objects.exists()


def test_one_that_the_club_does_not_have_is_told_and_left_out(club: Club) -> None:
    CustomField.objects.create(club=ClubFactory(), name="theirs", label="Theirs")
    report = taken(club, "id,first_name,custom.theirs,custom.gaol,custom.goal\nM1,Ana,a,b,c\n")
    assert report.unknown_columns == ["custom.gaol", "custom.theirs"]
    assert Member.objects.get().custom == {"goal": "c"}


def test_json_keeps_the_types_and_refuses_others(club: Club) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "M1", "first_name": "Ana", "custom.size": 42, "custom.vip": True},
        {"id": "M2", "first_name": "Ben", "custom.size": True},
    ]
    report = taken(club, json.dumps(rows))
    assert (report.created, [refusal.field for refusal in report.refused]) == (1, ["custom.size"])
    assert Member.objects.get().custom == {"size": 42, "vip": True}


def test_what_is_given_out_is_taken_back_without_a_change(club: Club) -> None:
    custom = {"goal": "=1+1", "size": 42.5, "vip": False, "since": "2025-01-31"}
    MemberFactory(club=club, custom=custom)
    MemberFactory(club=club)
    for lines in (csv_lines, json_lines):
        text = "".join(lines(Member.objects.all(), {club.pk: club}))
        assert "custom.goal" in text
        assert taken(club, text).unchanged == 2
    assert "'=1+1" in "".join(csv_lines(Member.objects.all(), {club.pk: club}))
