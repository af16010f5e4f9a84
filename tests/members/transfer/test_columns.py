"""Each column takes what it should and refuses the rest with a reason."""

import dataclasses
import datetime as dt
import zoneinfo
from decimal import Decimal

import pytest

from members.transfer.columns import check_cells
from members.transfer.ground import Ground

AUCKLAND = zoneinfo.ZoneInfo("Pacific/Auckland")
GROUND = Ground(
    zone=AUCKLAND, today=dt.date(2025, 9, 1), staff={"ana": 7, "ana@club.example": 7, "both": None}
)


def taken(column, cell):
    values, refused = check_cells({"id": "M1", column: cell}, GROUND)
    assert refused == {}
    values.pop("external_id")
    (value,) = values.values()
    return value


def refusal(column, cell):
    values, refused = check_cells({"id": "M1", column: cell}, GROUND)
    assert set(refused) == {column}
    assert set(values) == {"external_id"}
    return refused[column]


@pytest.mark.parametrize("cell", ["7", 7, " 7 "])
def test_an_id_may_be_a_number_or_text(cell):
    assert check_cells({"id": cell}, GROUND) == ({"external_id": "7"}, {})


@pytest.mark.parametrize(
    "cell", ["", "  ", None, True, Decimal("1.5"), [], "x" * 65, "a\x00b", "a\x1b[0m", "\ud800"]
)
def test_what_is_no_id_is_refused(cell):
    values, refused = check_cells({"id": cell}, GROUND)
    assert values == {}
    assert set(refused) == {"id"}


def test_a_row_without_an_id_is_refused():
    assert check_cells({"first_name": "Ana"}, GROUND)[1] == {"id": "is missing."}


def test_two_names_of_the_same_column_are_refused():
    assert set(check_cells({"id": "1", "external_id": "2"}, GROUND)[1]) == {"external_id"}


def test_every_reason_of_a_row_is_told():
    cells = {"id": "", "first_name": None, "phone": "0791234567", "email": "x", "is_recurring": "maybe"}
    assert check_cells(cells, GROUND)[1].keys() == cells.keys()


def test_unknown_columns_are_left_out():
    assert check_cells({"id": "1", "shoe_size": [{}]}, GROUND) == ({"external_id": "1"}, {})


@pytest.mark.parametrize("name", ["Zoë", "O'Brien", '<b>"x"', "💪", "שרה", "two\nlines", "x" * 100])
def test_names_are_kept_as_they_are(name):
    assert taken("first_name", name) == name


@pytest.mark.parametrize("cell", ["", None, 5, "x" * 101, {}])
def test_what_is_no_first_name_is_refused(cell):
    refusal("first_name", cell)


@pytest.mark.parametrize("cell", ["+155555501", "+41791234567", " +15555550123 "])
def test_a_phone_of_the_right_shape_is_taken_dialable_or_not(cell):
    assert taken("phone", cell) == cell.strip()


@pytest.mark.parametrize(
    "cell",
    [
        "+41 79 123 45 67",
        "0041791234567",
        "00 41 (79) 123-45-67",
        "+41 (0)79 123 45 67",
        "+41.79.123.45.67",
        "+41\u00a079\u2011123\u201345 67",
    ],
)
def test_an_international_phone_may_be_typed_as_people_do(cell):
    assert taken("phone", cell) == "+41791234567"


@pytest.mark.parametrize(
    "cell",
    [
        "0791234567",
        "079 123 45 67",
        "(079) 123-45-67",
        "+0791234567",
        "+41 79 123 x12",
        "+ 41",
        "00 41",
        "+1",
        "+" + "1" * 16,
        15555550123,
        "+١٢٣٤٥٦٧٨",
    ],
)
def test_a_phone_of_another_shape_is_refused_without_repeating_it(cell):
    assert str(cell) not in refusal("phone", cell)


@pytest.mark.parametrize(
    "cell",
    [
        "ana",
        "ana@",
        "ana@x",
        "a b@mail.example",
        "a@mail.example\nBcc: b@c.example",
        "a" * 250 + "@mail.example",
    ],
)
def test_a_bad_email_is_refused(cell):
    refusal("email", cell)


@pytest.mark.parametrize("column", ["phone", "email", "last_name", "time_zone", "membership_level"])
@pytest.mark.parametrize("cell", ["", None, " "])
def test_an_empty_cell_empties_what_may_be_empty(column, cell):
    assert taken(column, cell) == ""


@pytest.mark.parametrize("column", ["birthday", "joined_on", "joined_at", "last_attended_at", "trainer"])
@pytest.mark.parametrize("cell", ["", None])
def test_an_empty_day_or_trainer_is_none(column, cell):
    assert taken(column, cell) is None


def test_a_bare_day_is_its_noon_in_the_clubs_zone():
    assert taken("last_attended_at", "2025-08-25") == dt.datetime(2025, 8, 25, 12, tzinfo=AUCKLAND)


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2025-08-25T18:30", dt.datetime(2025, 8, 25, 18, 30, tzinfo=AUCKLAND)),
        ("2025-08-25 18:30:00", dt.datetime(2025, 8, 25, 18, 30, tzinfo=AUCKLAND)),
        ("2025-08-25T18:30:00Z", dt.datetime(2025, 8, 25, 18, 30, tzinfo=dt.UTC)),
        ("2025-08-25T18:30:00-07:00", dt.datetime(2025, 8, 26, 1, 30, tzinfo=dt.UTC)),
    ],
)
def test_an_instant_without_an_offset_is_the_clubs(cell, instant):
    assert taken("last_attended_at", cell) == instant


def test_a_national_phone_is_refused_with_advice():
    assert "country code, like +41 79 123 45 67" in refusal("phone", "079 123 45 67")


def test_a_row_of_another_club_is_refused():
    ground = dataclasses.replace(GROUND, club="east")
    assert check_cells({"id": "1", "club_slug": "east"}, ground) == ({"external_id": "1"}, {})
    assert check_cells({"id": "1", "club_slug": "west"}, ground)[1] == {
        "club_slug": "“west” is another club."
    }


@pytest.mark.parametrize("column", ["birthday", "joined_on", "last_attended_at"])
@pytest.mark.parametrize(
    "cell", ["25.08.2025", "2025-02-30", "yesterday", "0001-01-01", "9999-12-31", 20250825, "2025-09-02"]
)
def test_a_day_that_cannot_be_is_refused(column, cell):
    refusal(column, cell)


def test_today_in_the_clubs_zone_is_not_the_future():
    assert taken("last_attended_at", "2025-09-01")
    assert "future" in refusal("last_attended_at", "2025-09-01T12:00:00Z")


def test_an_instant_becomes_the_day_it_was_at_the_club():
    assert taken("joined_at", "2025-08-25T18:30:00Z") == dt.date(2025, 8, 26)


@pytest.mark.parametrize("cell", [True, 1, "1", "true", "TRUE", "yes", "Yes"])
def test_words_for_true(cell):
    assert taken("is_recurring", cell) is True


@pytest.mark.parametrize("cell", [False, 0, "0", "false", "FALSE", "no", "", None])
def test_words_for_false(cell):
    assert taken("is_recurring", cell) is False


@pytest.mark.parametrize("cell", ["maybe", 2, "2", [], Decimal("1.0")])
def test_what_is_neither_true_nor_false_is_refused(cell):
    refusal("is_recurring", cell)


def test_a_status_is_taken_in_any_case():
    assert taken("membership_status", "Active") == "active"


@pytest.mark.parametrize("cell", ["", None, "paused", 1])
def test_an_unknown_status_is_refused_and_the_known_ones_are_told(cell):
    assert refusal("membership_status", cell) in (
        "must be one of: active, frozen, canceled.",
        "must be text.",
    )


def test_an_unknown_stage_is_refused():
    assert taken("stage", "lead") == "lead"
    refusal("stage", "ghost")


@pytest.mark.parametrize("cell", ["Ana", "ANA@club.example"])
def test_a_trainer_is_found_by_user_name_or_email(cell):
    assert taken("trainer", cell) == 7


def test_a_trainer_who_is_nobody_or_two_people_is_refused():
    assert "nobody" in refusal("trainer", "bob")
    assert "more than one" in refusal("trainer", "both")


def test_a_time_zone_must_exist():
    assert taken("time_zone", "Asia/Tokyo") == "Asia/Tokyo"
    refusal("time_zone", "Mars/Olympus")
    refusal("time_zone", "../../etc/passwd")
