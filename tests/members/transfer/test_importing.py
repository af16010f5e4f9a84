"""Files of members go in: the good rows whole, the bad ones told, and twice is as good as once."""

import csv
import datetime as dt
import io
import json

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from members.models import Member
from members.transfer import importing
from members.transfer.importing import ImportReport, UnreadableFile, import_members
from tests.factories import NOW, ClubFactory, MemberFactory, UserFactory, VisitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def club():
    return ClubFactory(time_zone="America/New_York")


def bring(club, rows, **options):
    return import_members(club=club, path_or_file=io.BytesIO(json.dumps(rows).encode()), now=NOW, **options)


def counts(report):
    return (report.created, report.changed, report.unchanged, report.refused_rows)


@pytest.mark.parametrize("name", ["members.json", "members.csv"])
def test_both_plain_files_say_the_same_as_the_fixture(club, name):
    from django.core.management import call_command

    call_command("loaddata", "members", verbosity=0)
    plain = settings.BASE_DIR / "fixtures/plain" / name
    assert counts(import_members(club=club, path_or_file=plain, now=NOW)) == (10, 0, 0, 0)
    left_out = ("id", "club_id", *Member.WORKED_OUT)
    loaded, brought = (
        [
            {key: value for key, value in row.items() if key not in left_out}
            for row in Member.objects.filter(club__slug=slug).order_by("external_id").values()
        ]
        for slug in ("riverside", club.slug)
    )
    assert brought == loaded


def test_importing_twice_changes_nothing(club):
    plain = settings.BASE_DIR / "fixtures/plain/members.csv"
    import_members(club=club, path_or_file=plain, now=NOW)
    before = list(Member.objects.values())
    report = import_members(club=club, path_or_file=plain, now=NOW)
    assert counts(report) == (0, 0, 10, 0)
    assert list(Member.objects.values()) == before


def test_only_what_differs_is_written(club):
    bring(club, [{"id": "1", "first_name": "Ana"}, {"id": "2", "first_name": "Bo"}])
    keys = dict(Member.objects.values_list("external_id", "pk"))
    report = bring(club, [{"id": "1", "first_name": "Ana"}, {"id": "2", "first_name": "Bob"}])
    assert counts(report) == (0, 1, 1, 0)
    assert dict(Member.objects.values_list("external_id", "pk")) == keys
    assert Member.objects.get(external_id="2").first_name == "Bob"


def test_columns_that_are_not_in_the_file_stay_as_they_are(club):
    member = MemberFactory(club=club, days_away=3, recurring=True, membership_level="Gold")
    before = Member.objects.filter(pk=member.pk).values().get()
    report = bring(
        club, [{"id": member.external_id, "last_name": "Smith"}, {"id": "new", "first_name": "Ana"}]
    )
    assert counts(report) == (1, 1, 0, 0)
    assert Member.objects.filter(pk=member.pk).values().get() == {**before, "last_name": "Smith"}


def test_an_empty_cell_empties_the_field(club):
    member = MemberFactory(club=club, days_away=3)
    bring(club, [{"id": member.external_id, "phone": "", "last_attended_at": None}])
    member.refresh_from_db()
    assert (member.phone, member.phone_is_dialable, member.last_attended_at) == ("", False, None)


def test_a_member_of_another_club_with_the_same_id_is_left_alone(club):
    other = MemberFactory(external_id="1", first_name="Theirs")
    assert counts(bring(club, [{"id": "1", "first_name": "Ours"}])) == (1, 0, 0, 0)
    other.refresh_from_db()
    assert other.first_name == "Theirs"


def test_a_new_member_needs_a_first_name_and_a_known_one_does_not(club):
    MemberFactory(club=club, external_id="1")
    report = bring(club, [{"id": "1", "last_name": "A"}, {"id": "2", "last_name": "B"}])
    assert counts(report) == (0, 1, 0, 1)
    assert [str(refusal) for refusal in report.refused] == ["line 1, row 2, first_name: is missing."]


def test_the_second_of_two_equal_ids_is_refused_by_the_line_of_the_first(club):
    file = io.BytesIO(b"id,first_name\n7,Ana\n8,Bo\n7,Cy\n")
    report = import_members(club=club, path_or_file=file, now=NOW)
    assert [str(refusal) for refusal in report.refused] == ["line 4, id: is already on line 2."]
    assert Member.objects.get(external_id="7").first_name == "Ana"


def test_in_json_equal_ids_are_told_by_their_rows(club):
    report = bring(club, [{"id": 7, "first_name": "Ana"}, {"id": 8}, {"id": "7", "first_name": "Cy"}])
    assert [str(refusal) for refusal in report.refused] == [
        "line 1, row 2, first_name: is missing.",
        "line 1, row 3, id: is already in row 1.",
    ]


def test_equal_ids_are_found_across_chunks(club, monkeypatch):
    monkeypatch.setattr(importing, "ROWS_PER_CHUNK", 2)
    report = bring(club, [{"id": name, "first_name": name} for name in "abcda"])
    assert counts(report) == (4, 0, 0, 1)


def test_a_refused_row_does_not_take_its_id(club):
    report = bring(club, [{"id": "1", "first_name": ""}, {"id": "1", "first_name": "Ana"}])
    assert counts(report) == (1, 0, 0, 1)


def test_a_phone_that_cannot_be_dialed_is_kept_flagged_and_counted(club):
    rows = [
        {"id": "1", "first_name": "John", "phone": "+155555501"},
        {"id": "2", "first_name": "Zoë", "phone": "+41446681800"},
    ]
    assert bring(club, rows).undialable == 1
    assert bring(club, rows).undialable == 1
    assert dict(Member.objects.values_list("phone", "phone_is_dialable")) == {
        "+155555501": False,
        "+41446681800": True,
    }


def test_a_new_phone_is_judged_anew(club):
    MemberFactory(club=club, external_id="1", phone="+155555501")
    bring(club, [{"id": "1", "phone": "+41446681800"}])
    assert Member.objects.get().phone_is_dialable


def test_unknown_columns_are_told_once_and_hold_nothing_up(club):
    report = bring(club, [{"id": n, "first_name": "Ana", "shoe size": 40, "\x1b[2J": 1} for n in range(3)])
    assert counts(report) == (3, 0, 0, 0)
    assert report.unknown_columns == ["'\\x1b[2j'", "shoe_size"]


def test_the_trainer_is_one_of_the_clubs_staff(club):
    ana, stranger = UserFactory(), UserFactory()
    club.staff.add(ana)
    rows = [{"id": n, "first_name": "Bo", "trainer": user.email} for n, user in enumerate([ana, stranger])]
    assert counts(bring(club, rows)) == (1, 0, 0, 1)
    assert Member.objects.get().trainer == ana


def test_a_file_made_before_a_visit_does_not_unmake_it(club):
    member = MemberFactory(club=club, external_id="1", last_attended_at=NOW)
    VisitFactory(member=member, attended_at=NOW)
    for day in ("2025-08-20", None, "2025-08-31"):
        assert counts(bring(club, [{"id": "1", "last_attended_at": day}])) == (0, 0, 1, 0)
    member.refresh_from_db()
    assert member.last_attended_at == NOW


def test_a_day_that_no_recorded_visit_speaks_against_may_be_put_right(club):
    member = MemberFactory(club=club, external_id="1", last_attended_at=NOW)
    VisitFactory(member=member, attended_at=NOW - dt.timedelta(days=30))
    bring(club, [{"id": "1", "last_attended_at": "2025-08-20"}])
    member.refresh_from_db()
    assert member.last_attended_on() == dt.date(2025, 8, 20)


def test_a_trainer_who_left_the_staff_stays_where_she_is(club):
    ana = UserFactory()
    MemberFactory(club=club, external_id="1", trainer=ana)
    assert counts(bring(club, [{"id": "1", "trainer": ana.username}])) == (0, 0, 1, 0)


def test_what_came_before_the_break_is_in_and_told(club):
    report = ImportReport()
    file = io.BytesIO(b'[{"id": 1, "first_name": "Ana"}, {"id": 2}, {"id": 3, "first_na')
    with pytest.raises(UnreadableFile, match="cut off"):
        import_members(club=club, path_or_file=file, now=NOW, report=report)
    assert counts(report) == (1, 0, 0, 1)
    assert Member.objects.get().external_id == "1"


def test_a_thousand_reasons_are_kept_and_all_are_counted(club):
    report = bring(club, [{"id": n, "first_name": ""} for n in range(1500)])
    assert (len(report.refused), report.reasons, report.refused_rows) == (1000, 1500, 1500)


def test_the_bytes_read_are_told(club, tmp_path):
    file = tmp_path / "members.csv"
    file.write_text("id,first_name\n" + "".join(f"{n},Ana\n" for n in range(5000)))
    told = []
    import_members(club=club, path_or_file=file, now=NOW, progress=told.append)
    assert len(told) == 3
    assert told == sorted(told)
    assert told[-1] == file.stat().st_size


def test_a_chunk_costs_the_same_few_queries_whoever_is_in_it(club, monkeypatch):
    rows = [
        {"id": n, "first_name": "Ana", "phone": "+155555501", "last_attended_at": "2025-08-25"}
        for n in range(30)
    ]

    def queries(rows):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            bring(club, rows)
        return ["INSERT" if "INSERT INTO" in query["sql"] else "other" for query in captured]

    creating = queries(rows)
    unchanged = queries(rows)
    assert "INSERT" not in unchanged
    # The members, and the first follow-up status of each.
    assert creating.count("INSERT") == 2
    changing = queries([{**row, "first_name": "Bo"} for row in rows])
    assert changing.count("INSERT") == 1
    assert len(queries([{**row, "last_attended_at": "2025-08-20"} for row in rows])) == len(changing) + 1
    # Of whom is new it is asked besides whether they were erased.
    assert len(queries([{**row, "stage": "former"} for row in rows])) == len(creating) - 1


GOOD = {
    "id": "1",
    "first_name": "Ana",
    "phone": "+155555501",
    "is_recurring": "yes",
    "membership_status": "active",
}
BAD_CELLS = [
    ("first_name", ""),
    ("phone", "07"),
    ("is_recurring", "?"),
    ("membership_status", "gone"),
    ("id", ""),
]
kinds = st.one_of(st.none(), st.sampled_from(BAD_CELLS))


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(1, 12), kinds), max_size=40),
    as_csv=st.booleans(),
    size=st.integers(1, 7),
)
def test_in_any_mix_the_good_rows_are_in_and_the_counts_add_up(rows, as_csv, size):
    club = ClubFactory()
    cells = [{**GOOD, "id": str(number), **(dict([bad]) if bad else {})} for number, bad in rows]
    good = {str(number) for number, bad in rows if not bad}
    if as_csv:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, GOOD)
        writer.writeheader()
        writer.writerows(cells)
        content = text.getvalue()
    else:
        content = json.dumps(cells)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "ROWS_PER_CHUNK", size)
        first, second = (
            import_members(club=club, path_or_file=io.BytesIO(content.encode()), now=NOW) for _ in range(2)
        )
    assert set(club.members.values_list("external_id", flat=True)) == good
    assert counts(first) == (len(good), 0, 0, len(rows) - len(good))
    assert counts(second) == (0, 0, len(good), len(rows) - len(good))
    assert len(first.refused) == len(rows) - len(good)
