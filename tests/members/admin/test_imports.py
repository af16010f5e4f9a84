"""Members in from a file: what is shown first, that nothing happens before it is asked for, and only once."""

import csv
import io
import json

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Member
from members.transfer import uploads
from tests.factories import ClubFactory, MemberFactory, UserFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db

IMPORT = reverse("admin:members_member_import")
EXPORT = reverse("admin:members_member_export")
LIST = reverse("admin:members_member_changelist")
MAY_IMPORT = ("members.view_member", "members.add_member", "members.change_member")
FILE = "id,first_name,phone,shoe\n1,Anna,+41446681800,40\n2,Bo,,\n3,Cy,079 123,\n"


@pytest.fixture(autouse=True)
def directory(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path / "imports"


@pytest.fixture
def club():
    club = ClubFactory(name="Riverside Gym", slug="riverside")
    MemberFactory(club=club, external_id="1", first_name="Ana", last_name="Lind", phone="", days_away=9)
    return club


def logged_in(*clubs, permissions=MAY_IMPORT):
    client = Client(enforce_csrf_checks=False)
    client.person = staff_of(*clubs, permissions=permissions)
    client.force_login(client.person)
    return client


@pytest.fixture
def staff(club):
    return logged_in(club)


def upload(client, content=FILE, name="members.csv", **more):
    data = content.encode() if isinstance(content, str) else content
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, data), **more})


def previewed(client, *args, **more):
    response = upload(client, *args, **more)
    assert response.status_code == 302, response.context["form"].errors
    return response.url


def error_of(response):
    assert response.status_code == 200
    return " ".join(response.context["form"].errors["file"])


def names():
    return list(Member.objects.order_by("external_id").values_list("external_id", "first_name"))


# --- In: what is shown first --------------------------------------------------------------------


def test_the_preview_counts_and_tells_every_change_and_writes_nothing(staff):
    before = list(Member.objects.values())
    url = previewed(staff)
    response = staff.get(url)
    assert list(Member.objects.values()) == before
    preview = response.context["preview"]
    assert (preview.created, preview.changed, preview.unchanged, preview.refused_rows) == (1, 1, 0, 1)
    (changed,) = response.context["changed"]
    assert [(each.field, each.before, each.after) for each in changed.differences] == [
        ("First name", "Ana", "Anna"),
        ("Phone", "", "+41446681800"),
    ]
    assert response.context["refused"] == [
        {
            "where": "line 4",
            "who": "Cy, 3",
            "value": "079 123",
            "field": "Phone",
            "reason": "must begin with the country code, like +41 79 123 45 67 or 0041 79 123 45 67.",
        }
    ]
    page = response.content.decode()
    assert "Import 2 members" in page
    assert '<code dir="auto">shoe</code>' in page
    assert not LogEntry.objects.exists()


def test_values_are_told_as_staff_read_them(staff, club):
    trainer = UserFactory(username="coach")
    club.staff.add(trainer)
    rows = [
        {
            "id": 1,
            "trainer": "coach",
            "membership_status": "frozen",
            "is_recurring": True,
            "birthday": "1990-05-01",
        }
    ]
    response = staff.get(previewed(staff, json.dumps(rows), "members.json"))
    (changed,) = response.context["changed"]
    assert changed.where == "row 1"
    assert {each.field: (each.before, each.after) for each in changed.differences} == {
        "Trainer": ("", "coach"),
        "Membership status": ("Active", "Frozen"),
        "Recurring": ("no", "yes"),
        "Birthday": ("", "1 May 1990"),
    }


def test_a_file_that_changes_nothing_offers_no_import(staff):
    page = staff.get(previewed(staff, "id,first_name\n1,Ana\n")).content.decode()
    assert "Everything in this file is here already." in page
    assert 'type="submit">Import' not in page


def test_a_hundred_of_each_kind_are_shown_with_the_full_number(staff, club):
    lines = "".join(f"n{n},Bo\n" for n in range(1200)) + "".join(f"r{n},\n" for n in range(1200))
    response = staff.get(previewed(staff, "id,first_name\n" + lines))
    assert len(response.context["created"]) == len(response.context["refused"]) == 100
    assert response.content.decode().count("The first 100 of 1,200.") == 2


def test_the_refused_rows_come_as_csv_that_no_spreadsheet_runs(staff):
    bad = "".join(f"{n},\n" for n in range(10, 1300))
    url = previewed(
        staff,
        f'id,first_name,=cmd()\n7,,\n"8",Bo,x,y\n{bad}'.replace("=cmd()", "trainer").replace(
            "7,,", "7,Bo,=cmd()"
        ),
    )
    response = staff.get(f"{url}refused.csv")
    rows = list(
        csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"), newline=""))
    )
    assert len(rows) == 1292
    assert rows[0] == {
        "line": "2",
        "member": "Bo, 7",
        "field": "trainer",
        "value": "'=cmd()",
        "reason": "“=cmd()” is nobody on this club's staff.",
    }
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@")]


def test_names_are_escaped(staff):
    page = staff.get(previewed(staff, "id,first_name\n1,<script>alert(1)</script>\n9,<b>\n")).content.decode()
    assert "<script>alert(1)" not in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"  \n", "The file is empty."),
        (b"name\nAna\n", "There is no column “id”."),
        (b"id,first_name\n1,Zo\xeb\n", "Line 2 is not UTF-8."),
        ("id\n1\n".encode("utf-16"), "The file is not UTF-8."),
        (b"PK\x03\x04\x00\x00", "Excel workbook"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "This is no list but a picture or a PDF."),
        (b"[" * 2_000_000, "too long"),
        (b'[{"id": ' * 300_000, "too long"),
        (b'[{"id": 1}', "cut off"),
        (b'{"members": []}', "one list of rows"),
    ],
)
def test_a_file_that_is_no_list_of_members_is_refused_kindly_and_not_kept(staff, directory, content, says):
    assert says in error_of(upload(staff, content))
    assert not directory.exists() or list(directory.iterdir()) == []


def test_no_file_at_all_is_asked_for(staff):
    assert error_of(staff.post(IMPORT, {})) == "Choose a file."


def test_a_file_that_is_too_large_is_refused_without_being_stored(staff, settings, directory):
    settings.LARGEST_IMPORT_MB = 1
    response = upload(staff, b"id,first_name\n" + b"1,Ana\n" * 200_000)
    assert error_of(response).startswith("The file is larger than 1 MB.")
    assert not directory.exists()


def test_the_same_id_twice_goes_in_once(staff):
    url = previewed(staff, "id,first_name\n5,Bo\n5,Cy\n")
    assert staff.get(url).context["refused"][0]["reason"] == "is already on line 2."
    staff.post(url)
    assert names() == [("1", "Ana"), ("5", "Bo")]


# --- In: the deed -------------------------------------------------------------------------------


def test_what_was_previewed_goes_in_and_is_told_and_noted(staff, directory):
    url = previewed(staff)
    response = staff.post(url, follow=True)
    assert names() == [("1", "Anna"), ("2", "Bo")]
    assert response.context["outcome"]["created"] == response.context["outcome"]["changed"] == 1
    assert response.context["outcome"]["refused"][0]["where"] == "line 4"
    note = LogEntry.objects.get()
    assert (note.user, note.object_repr) == (staff.person, "members.csv → Riverside Gym")
    assert note.change_message == "Imported: 1 created, 1 changed, 1 refused."
    assert [path.name.partition("-")[0] for path in directory.iterdir()] == ["done"]


def test_a_double_click_imports_once(staff):
    url = previewed(staff)
    staff.post(url)
    Member.objects.filter(external_id="1").update(first_name="Mended since")
    response = staff.post(url, follow=True)
    assert response.context["outcome"]["created"] == 1
    assert ("1", "Mended since") in names()
    assert LogEntry.objects.count() == 1


def test_a_second_click_while_it_runs_says_that_it_runs(staff):
    url = previewed(staff)
    token = url.rstrip("/").rpartition("/")[2]
    with uploads.taken(uploads.find(token=token, user_id=staff.person.pk)):
        response = staff.post(url, follow=True)
    assert "being imported right now" in response.content.decode()
    assert names() == [("1", "Ana")]


def test_what_was_really_done_is_told_if_the_members_changed_since_the_preview(staff, club):
    url = previewed(staff)
    staff.get(url)
    MemberFactory(club=club, external_id="2", first_name="Bo", phone="")
    outcome = staff.post(url, follow=True).context["outcome"]
    assert (outcome["created"], outcome["changed"], outcome["unchanged"]) == (0, 1, 1)


def test_an_import_that_fails_can_be_tried_again(staff, monkeypatch):
    from members.admin import imports

    url = previewed(staff)
    with monkeypatch.context() as patch:
        patch.setattr(imports, "import_file", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            staff.post(url)
    staff.post(url)
    assert names() == [("1", "Anna"), ("2", "Bo")]


def test_a_file_that_is_gone_is_asked_for_again(staff):
    url = previewed(staff)
    previewed(staff)
    for ask in (
        staff.get(url, follow=True),
        staff.post(url, follow=True),
        staff.get(url + "refused.csv", follow=True),
    ):
        assert ask.redirect_chain[-1][0] == IMPORT
        assert "no longer kept here" in ask.content.decode()
    assert names() == [("1", "Ana")]


def test_a_preview_costs_the_same_queries_for_three_rows_and_three_hundred(staff, club):
    def queries(rows):
        url = previewed(
            staff,
            "id,first_name,trainer\n" + "".join(f"{n},Bo,{staff.person.username}\n" for n in range(1, rows)),
        )
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(url).status_code == 200
        return len(captured)

    queries(3)
    MemberFactory.create_batch(5, club=club)
    assert queries(3) == queries(300)
