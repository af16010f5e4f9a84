"""Consents in from a file: the same pages as for members, told in the words of consents."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Club, Member
from messaging.models import ConsentRecord
from tests.factories import ClubFactory, MemberFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db

IMPORT = reverse("admin:messaging_consentrecord_import")
LIST = reverse("admin:messaging_consentrecord_changelist")
MAY = ["messaging.view_consentrecord", "messaging.add_consentrecord"]
HEAD = "id,member,channel,is_granted,occurred_at"


@pytest.fixture(autouse=True)
def directory(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def club() -> Club:
    return ClubFactory(time_zone="America/New_York", locale="en_US")


@pytest.fixture
def member(club: Club) -> Member:
    return MemberFactory(club=club, external_id="M1", first_name="Ana", last_name="Lind")


def logged_in(club: Club, *, permissions: list[str] = MAY) -> Client:
    client = Client()
    client.force_login(staff_of(club, permissions=permissions))
    return client


@pytest.fixture
def staff(club: Club) -> Client:
    return logged_in(club)


def previewed(client: Client, content: str) -> str:
    answer = client.post(IMPORT, {"file": SimpleUploadedFile("consents.csv", content.encode())})
    assert answer.status_code == 302, answer.context["form"].errors
    return str(answer.url)


def test_what_each_row_says_is_shown_and_a_no_is_not_left_out(staff: Client, member: Member) -> None:
    url = previewed(
        staff,
        f"{HEAD},category,source,words\nW1,M1,sms,no,2025-07-01T18:30,marketing,front desk,No offers\n"
        "W2,M1,whatsapp,yes,2025-07-02T18:30,,,\n",
    )
    answer = staff.get(url)
    first, second = answer.context["created"]
    assert (first.name, first.external_id, first.where) == ("Ana Lind", "W1", "line 2")
    assert [(one.field, one.after) for one in first.differences] == [
        ("Agreed", "No"),
        ("Channel", "SMS"),
        ("For what", "Offers and news"),
        ("When", "Jul 1, 2025, 6:30 PM"),
        ("How", "front desk"),
        ("Words", "No offers"),
    ]
    assert ("For what", "Everything") in [(one.field, one.after) for one in second.differences]
    assert "Import 2 consents<" in answer.content.decode()
    assert not ConsentRecord.objects.exists()
    assert not LogEntry.objects.exists()


def test_what_was_previewed_goes_in_once_and_it_is_noted(staff: Client, member: Member) -> None:
    url = previewed(staff, f"{HEAD}\nW1,M1,sms,no,2025-07-01T18:30\n")
    for _ in range(2):
        done = staff.post(url, follow=True)
        assert done.context["outcome"]["created"] == 1
    assert "See the consents" in done.content.decode()
    record = ConsentRecord.objects.get()
    assert (record.member, record.is_granted, record.source) == (member, False, "import")
    note = LogEntry.objects.get()
    assert note.content_type.model_class() is ConsentRecord
    assert note.change_message == "Imported: 1 created, 0 changed, 0 refused."


def test_refused_rows_are_told_by_their_id(staff: Client, member: Member) -> None:
    MemberFactory(external_id="M2", club=ClubFactory())
    url = previewed(
        staff,
        f"{HEAD}\nW1,M2,sms,no,2025-07-01T18:30\nW2,M1,fax,no,2025-07-01T18:30\nW3,M1,sms,no,2025-07-01\n",
    )
    refused = staff.get(url).context["refused"]
    assert [(one["who"], one["field"], one["value"]) for one in refused] == [
        ("W1", "Member", "M2"),
        ("W2", "Channel", "fax"),
        ("W3", "When", "2025-07-01"),
    ]
    staff.post(url)
    assert not ConsentRecord.objects.exists()


def test_a_known_word_with_another_answer_is_refused(staff: Client, member: Member) -> None:
    staff.post(previewed(staff, f"{HEAD}\nW1,M1,sms,no,2025-07-01T18:30\n"))
    preview = staff.get(previewed(staff, f"{HEAD}\nW1,M1,sms,yes,2025-07-01T18:30\n"))
    (refused,) = preview.context["refused"]
    assert (refused["field"], refused["who"]) == ("ID", "W1")


def test_only_whoever_may_write_consents_down_may_bring_a_file(club: Club, staff: Client) -> None:
    assert f'href="{IMPORT}"' in staff.get(LIST).content.decode()
    reader = logged_in(club, permissions=MAY[:1])
    assert IMPORT not in reader.get(LIST).content.decode()
    assert reader.get(IMPORT).status_code == 403
    url = previewed(staff, f"{HEAD}\nW1,M1,sms,no,2025-07-01T18:30\n")
    assert reader.post(url).status_code == 403
    assert logged_in(club).post(url).status_code == 404
    assert not ConsentRecord.objects.exists()


def test_the_example_comes_in_as_it_is_and_the_page_says_what_a_file_needs(staff: Client, club: Club) -> None:
    for number in ("1001", "1002"):
        MemberFactory(club=club, external_id=number)
    said = staff.get(IMPORT).content.decode()
    assert "rollcall/examples/consents.csv" in said
    assert "<code>category</code> (marketing, service)" in said
    assert "Words are only added" in said
    path = finders.find("rollcall/examples/consents.csv")
    assert path
    with open(path, encoding="utf-8") as file:
        preview = staff.get(previewed(staff, file.read())).context["preview"]
    assert (preview.created, preview.refused, preview.unknown_columns) == (2, [], [])


def test_a_preview_costs_the_same_queries_for_three_rows_and_sixty(staff: Client, member: Member) -> None:
    def queries(rows: int) -> int:
        lines = "".join(f"W{n},M1,sms,no,2025-07-01T18:30\n" for n in range(rows))
        url = previewed(staff, f"{HEAD}\n{lines}")
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(url).context["preview"].created == rows
        return len(captured)

    queries(3)
    assert queries(3) == queries(60)
