"""Agreements, payments, classes, bookings and documents in from a file: the members' pages, told in the words of each kind."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Agreement, Booking, ClassSession, Document, Member, Payment
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    ClassSessionFactory,
    ClubFactory,
    MemberFactory,
    PaymentFactory,
)
from tests.members.admin.world import staff_of
from tests.perk_factories import DocumentFactory

pytestmark = pytest.mark.django_db
MODELS = {
    "agreement": Agreement,
    "payment": Payment,
    "classsession": ClassSession,
    "booking": Booking,
    "document": Document,
}
PLURALS = {
    "agreement": "agreements",
    "payment": "payments",
    "classsession": "classes",
    "booking": "bookings",
    "document": "documents",
}


@pytest.fixture(autouse=True)
def directory(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def club():
    return ClubFactory(time_zone="America/New_York", currency="USD", locale="en_US")


@pytest.fixture
def member(club):
    return MemberFactory(club=club, external_id="M1", first_name="Ana", last_name="Lind")


def page(model, name="import", *args):
    return reverse(f"admin:members_{model}_{name}", args=args)


def may(model):
    return [f"members.{verb}_{model}" for verb in ("view", "add", "change")]


def logged_in(club, *models):
    client = Client()
    client.force_login(
        staff_of(club, permissions=[name for model in models or MODELS for name in may(model)])
    )
    return client


@pytest.fixture
def staff(club):
    return logged_in(club)


def previewed(client, model, content):
    answer = client.post(page(model), {"file": SimpleUploadedFile("file.csv", content.encode())})
    assert answer.status_code == 302, answer.context["form"].errors
    return answer.url


def told(rows):
    return [(row.name, [(one.field, one.before, one.after) for one in row.differences]) for row in rows]


def test_an_agreements_change_is_told_as_staff_read_it_and_nothing_is_written(staff, member):
    AgreementFactory(
        member=member, external_id="A1", name="Gold", purchased_on=NOW.date(), past_due=500, changed_at=NOW
    )
    before = list(Agreement.objects.values()), list(Member.objects.values())
    url = previewed(
        staff,
        "agreement",
        "id,member,name,purchased_on,status,is_suspended,past_due\nA1,M1,Gold,2025-09-01,collections,yes,12.50\n",
    )
    answer = staff.get(url)
    assert (list(Agreement.objects.values()), list(Member.objects.values())) == before
    assert told(answer.context["changed"]) == [
        (
            "Ana Lind",
            [
                ("Status", "Active", "In collections"),
                ("Suspended", "no", "yes"),
                ("Past due", "$5.00", "$12.50"),
            ],
        )
    ]
    said = answer.content.decode()
    assert "Import 1 agreement<" in said
    assert page("agreement", "change", Agreement.objects.get().pk) in said
    assert not LogEntry.objects.exists()


def test_a_new_payment_is_told_with_whose_it_is(staff, member):
    AgreementFactory(member=member, external_id="A1")
    url = previewed(
        staff,
        "payment",
        "id,member,agreement,amount,currency,due_on,status\nP1,M1,A1,49.00,EUR,2025-08-03,failed\n",
    )
    assert told(staff.get(url).context["created"]) == [
        (
            "Ana Lind",
            [
                ("Agreement", "", "A1"),
                ("Amount", "", "€49.00"),
                ("Due", "", "August 3, 2025"),
                ("Status", "", "Failed"),
            ],
        )
    ]


def test_a_class_that_moves_is_told_in_the_clubs_zone(staff, club):
    ClassSessionFactory(
        club=club,
        external_id="C1",
        name="Yoga",
        starts_at=NOW,
        ends_at=None,
        changed_at=NOW,
        is_canceled=False,
    )
    url = previewed(staff, "classsession", "id,name,starts_at\nC1,Yoga,2025-11-02T18:00\n")
    ((name, ((field, _before, after),)),) = told(staff.get(url).context["changed"])
    assert (name, field, after) == ("Yoga", "Starts", "Nov 2, 2025, 6:00 PM")


def test_a_booking_that_is_moved_to_another_class_names_both(staff, member, club):
    first, second = (ClassSessionFactory(club=club, external_id=name) for name in ("C1", "C2"))
    BookingFactory(member=member, external_id="B1", class_session=first, changed_at=NOW, booked_at=None)
    url = previewed(staff, "booking", "id,member,class,status\nB1,M1,C2,booked\n")
    assert told(staff.get(url).context["changed"]) == [("Ana Lind", [("Class", "C1", "C2")])]
    staff.post(url)
    assert Booking.objects.get().class_session == second


def test_what_was_previewed_goes_in_the_status_follows_and_it_is_noted(staff, member):
    url = previewed(staff, "agreement", "id,member,purchased_on,status\nA1,M1,2025-08-01,active\n")
    done = staff.post(url, follow=True)
    assert done.context["outcome"]["created"] == 1
    assert "See the agreements" in done.content.decode()
    member.refresh_from_db()
    assert member.follow_up_status == "active"
    note = LogEntry.objects.get()
    assert note.content_type.model_class() is Agreement
    assert note.change_message == "Imported: 1 created, 0 changed, 0 refused."


def test_refused_rows_say_their_id_and_what_was_in_the_file(staff, member):
    url = previewed(
        staff,
        "payment",
        "id,member,amount,due_on,status\nP1,M9,1.00,2025-08-03,paid\n=P2,M1,1.00,2025-08-03,open\n",
    )
    assert [
        (one["where"], one["who"], one["field"], one["value"]) for one in staff.get(url).context["refused"]
    ] == [
        ("line 2", "P1", "Member", "M9"),
        ("line 3", "=P2", "Status", "open"),
    ]
    file = b"".join(staff.get(f"{url}refused.csv").streaming_content).decode("utf-8-sig")
    first, second = sorted(csv.DictReader(io.StringIO(file)), key=lambda row: row["line"])
    assert (first["id"], first["value"], second["id"]) == ("P1", "M9", "'=P2")


def test_rows_of_which_newer_news_is_known_are_counted_before_and_afterwards(staff, member):
    AgreementFactory(member=member, external_id="A1", name="Newer", changed_at=NOW)
    AgreementFactory(member=member, external_id="A2", name="Older", changed_at=NOW)
    url = previewed(
        staff,
        "agreement",
        "id,member,purchased_on,status,occurred_at\n"
        "A1,M1,2025-08-01,active,2025-08-31T10:00Z\nA2,M1,2025-08-01,active,2025-09-30T10:00Z\n",
    )
    words = "1 row is left as it is"
    assert words in staff.get(url).content.decode()
    assert words in staff.post(url, follow=True).content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_each_list_leads_to_its_import_for_whoever_may_add_and_change(club, model):
    assert f'href="{page(model)}"' in logged_in(club).get(page(model, "changelist")).content.decode()
    for lacking in may(model)[1:]:
        client = Client()
        client.force_login(staff_of(club, permissions=[name for name in may(model) if name != lacking]))
        assert page(model) not in client.get(page(model, "changelist")).content.decode()
        assert client.get(page(model)).status_code == 403
        assert client.post(page(model), {"file": SimpleUploadedFile("a.csv", b"id\n1\n")}).status_code == 403


def test_no_other_kinds_page_takes_an_uploaded_file(club, staff, member):
    url = previewed(staff, "agreement", "id,member,purchased_on,status\nA1,M1,2025-08-01,active\n")
    token = url.rstrip("/").rpartition("/")[2]
    for model in ("payment", "classsession", "booking"):
        for name in ("import_preview", "import_refused"):
            assert staff.get(page(model, name, token)).status_code == 404
        assert staff.post(page(model, "import_preview", token)).status_code == 404
    assert not Agreement.objects.exists()


def test_another_clubs_members_are_not_known_here(staff, member):
    MemberFactory(external_id="M2", club=ClubFactory())
    url = previewed(staff, "agreement", "id,member,purchased_on,status\nA1,M2,2025-08-01,active\n")
    assert staff.get(url).context["refused"][0]["reason"] == "is not known here yet."
    staff.post(url)
    assert not Agreement.objects.exists()


def test_what_a_file_of_each_kind_needs_is_said(staff):
    said = staff.get(page("booking")).content.decode()
    assert "<code>status</code> (booked, confirmed, attended, no_show, canceled)" in said
    assert "<code>booked_at</code> (2025-08-25T18:30)" in said
    assert "Bring the members and the classes in first" in said


def test_the_examples_come_in_as_they_are_one_after_another(club):
    client = logged_in(club, "member", *MODELS)
    for model, name in {"member": "members", **PLURALS}.items():
        path = f"rollcall/examples/{name}.csv"
        assert path in client.get(page(model)).content.decode()
        with open(finders.find(path), encoding="utf-8") as file:
            url = previewed(client, model, file.read())
        preview = client.get(url).context["preview"]
        assert (preview.created, preview.refused, preview.unknown_columns) == (2, [], [])
        client.post(url)
    assert [model.objects.count() for model in MODELS.values()] == [2] * len(MODELS)


@pytest.mark.parametrize("model", MODELS)
def test_a_preview_costs_the_same_queries_for_three_rows_and_three_hundred(staff, club, member, model):
    AgreementFactory(member=member, external_id="A1")
    ClassSessionFactory(club=club, external_id="C1")
    for number in range(1, 300, 2):
        made = {
            "agreement": lambda n: AgreementFactory(member=member, external_id=f"n{n}"),
            "payment": lambda n: PaymentFactory(member=member, agreement=None, external_id=f"n{n}"),
            "classsession": lambda n: ClassSessionFactory(club=club, external_id=f"n{n}"),
            "booking": lambda n: BookingFactory(member=member, external_id=f"n{n}", class_session__club=club),
            "document": lambda n: DocumentFactory(member=member, external_id=f"n{n}"),
        }
        made[model](number)
    heads = {
        "agreement": ("member,name,purchased_on,status", "M1,Silver,2025-08-01,active"),
        "payment": ("member,agreement,amount,due_on,status", "M1,A1,7.25,2025-08-01,pending"),
        "classsession": ("name,starts_at", "Rowing,2025-11-02T18:00"),
        "booking": ("member,class,status", "M1,C1,no_show"),
        "document": ("member,kind,name,expires_on", "M1,certificate,First aid,2026-01-07"),
    }

    def queries(rows):
        head, row = heads[model]
        lines = "".join(f"n{number},{row}\n" for number in range(rows))
        url = previewed(staff, model, f"id,{head}\n{lines}")
        with CaptureQueriesContext(connection) as captured:
            preview = staff.get(url).context["preview"]
        assert preview.created
        assert preview.changed
        return len(captured)

    queries(3)
    assert queries(3) == queries(300)
