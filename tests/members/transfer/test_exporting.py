"""What goes out comes back in unchanged, whatever people are called, and needs no memory."""

import csv
import datetime as dt
import io
import json
import tracemalloc

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from members.models import Member
from members.transfer.exporting import csv_lines, json_lines
from members.transfer.importing import import_members
from tests.factories import NOW, ClubFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

FORMS = [csv_lines, json_lines]
TYPEABLE = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(list("'=+-@;,\"\n\t\\"))
NASTY = [
    "=1+1",
    "'=1+1",
    "a;=cmd()",
    'the "best"',
    "two\nlines",
    "שרה כהן",
    "😀 Zoë",
    "+41",
    "-",
    "a,b;c\td",
    "'",
]
words = (st.sampled_from(NASTY) | st.text(TYPEABLE, max_size=20)).map(str.strip)
people = st.fixed_dictionaries(
    {
        "first_name": words.filter(bool),
        "last_name": words,
        "membership_level": words,
        "phone": st.sampled_from(["", "+155555501", "+41446681800"]),
        "email": st.sampled_from(["", "a'b@mail.example", "+x@mail.example"]),
        "birthday_on": st.none() | st.dates(dt.date(1900, 1, 1), NOW.date()),
        "joined_on": st.none() | st.dates(dt.date(1900, 1, 1), NOW.date()),
        "last_attended_at": st.none()
        | st.datetimes(dt.datetime(1900, 1, 2), dt.datetime(2025, 9, 1), timezones=st.just(dt.UTC)),
        "membership_status": st.sampled_from(["active", "frozen", "canceled"]),
        "stage": st.sampled_from(["lead", "member"]),
        "origin": st.sampled_from(["", "web", "walk_in"]),
        "inquired_on": st.none() | st.dates(dt.date(1900, 1, 1), NOW.date()),
        "is_recurring": st.booleans(),
        "time_zone": st.sampled_from(["", "Asia/Tokyo"]),
    }
)


def everything(club):
    return list(club.members.order_by("external_id").values())


def out(lines, club):
    return "".join(lines(Member.objects.filter(club=club), {club.pk: club})).encode()


@pytest.mark.long
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(people, min_size=1, max_size=5), ids=st.sets(words.filter(bool), min_size=5, max_size=9))
@pytest.mark.parametrize("lines", FORMS)
def test_what_goes_out_comes_back_unchanged(lines, rows, ids):
    club = ClubFactory(time_zone="America/New_York")
    trainer = UserFactory()
    for external_id, row in zip(ids, rows, strict=False):
        MemberFactory(club=club, external_id=external_id, trainer=trainer, **row)
    before = everything(club)
    file = out(lines, club)
    report = import_members(club=club, path_or_file=io.BytesIO(file), now=NOW)
    assert [str(refusal) for refusal in report.refused] == []
    assert (report.created, report.changed, report.unchanged) == (0, 0, len(rows))
    # Into an empty club of the same staff they all come back, as they were.
    other = ClubFactory(time_zone="America/New_York")
    other.staff.add(trainer)
    assert import_members(club=other, path_or_file=io.BytesIO(file), now=NOW).created == len(rows)
    # The last two are worked out, not told.
    keys = ("id", "club_id", "follow_up_status", "follow_up_status_since")
    assert [{k: v for k, v in row.items() if k not in keys} for row in everything(other)] == [
        {k: v for k, v in row.items() if k not in keys} for row in before
    ]


def test_a_csv_begins_with_its_columns_and_days_are_the_clubs():
    club = ClubFactory(time_zone="America/New_York")
    MemberFactory(club=club, external_id="7", last_attended_at=NOW, is_recurring=True, first_name="=1")
    text = out(csv_lines, club).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert list(row)[:3] == ["id", "first_name", "last_name"]
    assert "club_slug" not in row
    assert (row["last_attended_at"], row["is_recurring"]) == ("2025-09-01T06:00:00-04:00", "true")
    assert row["first_name"] == "'=1"


def test_a_json_file_is_a_list_even_of_nobody():
    club = ClubFactory()
    assert json.loads(out(json_lines, club)) == []
    MemberFactory(club=club, external_id="7", first_name="=1")
    assert [(row["id"], row["first_name"]) for row in json.loads(out(json_lines, club))] == [("7", "=1")]


@pytest.mark.parametrize("lines", FORMS)
def test_a_file_of_several_clubs_says_whose_each_member_is_and_each_takes_only_its_own(lines):
    east, west = ClubFactory(slug="east"), ClubFactory(slug="west")
    for club in (east, west):
        MemberFactory(club=club, external_id="1")
    both = {club.pk: club for club in (east, west)}
    file = "".join(lines(Member.objects.all(), both)).encode()
    report = import_members(club=west, path_or_file=io.BytesIO(file), now=NOW)
    assert (report.unchanged, report.refused_rows, report.unknown_columns) == (1, 1, [])
    assert "“east” is another club." in str(report.refused[0])


@pytest.mark.long
@pytest.mark.parametrize("lines", FORMS)
def test_any_number_of_members_costs_the_same_queries_and_hardly_any_memory(lines):
    club = ClubFactory()
    Member.objects.bulk_create(
        Member(club=club, external_id=str(n), first_name="x" * 100, membership_level="y" * 50)
        for n in range(30_000)
    )
    tracemalloc.start()
    with CaptureQueriesContext(connection) as captured:
        size = sum(len(line) for line in lines(Member.objects.filter(club=club), {club.pk: club}))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(captured) == 3
    assert size > 5_000_000
    assert peak < 4_000_000
