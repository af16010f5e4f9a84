"""What the list shows right now goes out as a file, to whoever may see it, and it is noted who took how many."""

import csv
import io
import json

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Member
from members.transfer.importing import import_members
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.members.admin.test_imports import EXPORT, LIST, logged_in

pytestmark = pytest.mark.django_db

MAY_VIEW = ["members.view_member"]


@pytest.fixture
def club():
    return ClubFactory(slug="riverside")


@pytest.fixture
def staff(club):
    MemberFactory(club=club, external_id="1", first_name="Ana", membership_status="frozen")
    MemberFactory(club=club, external_id="2", first_name="Bo")
    MemberFactory(external_id="3", first_name="Foreign")
    return logged_in(club, permissions=MAY_VIEW)


def taken(client, form="csv", query=""):
    response = client.post(f"{EXPORT}?{query}", {"format": form})
    return response, b"".join(response.streaming_content)


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_page_asks_first_and_changes_nothing(staff):
    response = staff.get(EXPORT)
    assert response.context["count"] == 2
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["1", "2"]),
        ("q=ana", ["1"]),
        ("membership_status__exact=frozen", ["1"]),
        ("q=bo&membership_status__exact=frozen&p=3&o=-1", []),
        ("o=2.-1&p=1", ["1", "2"]),
        ("q=foreign", []),
    ],
)
def test_what_the_search_and_the_filters_leave_goes_out(staff, query, ids):
    assert staff.get(f"{EXPORT}?{query}").context["count"] == len(ids)
    if ids:
        assert [row["id"] for row in rows(taken(staff, query=query)[1])] == ids


def test_the_list_leads_here_with_its_search_and_filters(staff):
    assert f'href="{EXPORT}?q=ana&amp;away=7"' in staff.get(f"{LIST}?q=ana&away=7").content.decode()


def test_both_forms_come_as_a_download_that_import_takes_back(staff, club):
    for form, content_type in (("csv", "text/csv; charset=utf-8"), ("json", "application/json")):
        response, content = taken(staff, form)
        assert response["Content-Type"] == content_type
        assert response["Content-Disposition"].startswith('attachment; filename="riverside-members-')
        report = import_members(club=club, path_or_file=io.BytesIO(content), now=NOW)
        assert (report.unchanged, report.rows, report.unknown_columns) == (2, 2, [])


def test_it_is_noted_who_took_how_many_and_of_whom(staff):
    taken(staff, "json", "membership_status__exact=frozen")
    note = LogEntry.objects.get()
    assert (note.user, note.object_repr) == (staff.person, "1 member")
    assert note.change_message == "Exported as json; filtered by: membership_status__exact=frozen"


def test_somebody_of_two_clubs_is_told_whose_each_member_is(club):
    other = ClubFactory(slug="east")
    for each in (club, other):
        MemberFactory(club=each, external_id="1")
    client = logged_in(club, other, permissions=MAY_VIEW)
    assert {row["club_slug"] for row in rows(taken(client)[1])} == {"riverside", "east"}
    assert [row["club_slug"] for row in rows(taken(client, query=f"club__id__exact={other.pk}")[1])] == [
        "east"
    ]


def test_whoever_may_not_see_members_may_not_export_them(club, staff):
    client = logged_in(club, permissions=["members.view_visit"])
    assert client.get(EXPORT).status_code == 403
    assert client.post(EXPORT, {"format": "csv"}).status_code == 403
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("form", ["", "xlsx", "../csv"])
def test_another_form_is_not_given(staff, form):
    response = staff.post(EXPORT, {"format": form})
    assert response.status_code == 200
    assert not response.streaming
    assert not LogEntry.objects.exists()


def test_filters_made_up_by_hand_lead_back_to_the_list_or_nowhere(staff):
    assert staff.get(f"{EXPORT}?membership_status__exact=x&id__exact=y").status_code == 302
    assert staff.get(f"{EXPORT}?trainer__password__startswith=a").status_code == 400


def test_nobody_to_export_is_said_with_the_way_back(staff):
    assert "Nobody matches" in staff.get(f"{EXPORT}?q=zzz").content.decode()
    assert not staff.post(f"{EXPORT}?q=zzz", {"format": "csv"}).streaming


def test_the_queries_do_not_grow_with_the_members(staff, club):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            taken(staff)
        return len(captured)

    def more(first, number):
        numbers = range(first, first + number)
        Member.objects.bulk_create(Member(club=club, external_id=f"n{n}", first_name="X") for n in numbers)

    # More than one page of the list, which asks once more then.
    more(0, 60)
    queries()
    few = queries()
    more(60, 100)
    assert queries() == few


def test_json_is_whole_even_for_names_that_break_things(club):
    MemberFactory(club=club, first_name='=1";\n😀', last_name="שרה")
    content = taken(logged_in(club, permissions=MAY_VIEW), "json")[1]
    assert json.loads(content)[0]["first_name"] == '=1";\n😀'
