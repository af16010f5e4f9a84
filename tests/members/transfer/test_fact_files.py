"""Files of agreements, payments, classes and bookings: money as people write it, whole rows, and twice is as good as once."""

import csv
import io
import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Agreement, Booking, ClassSession, FollowUpChange, Member, Payment
from members.transfer import fact_files, importing
from members.transfer.fact_files import AGREEMENTS, BOOKINGS, CLASSES, PAYMENTS, in_minor_units
from members.transfer.ground import RefusedCell
from members.transfer.importing import import_file, preview_file
from tests.factories import NOW, AgreementFactory, ClassSessionFactory, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db
A = {"id": "A1", "member": "M1", "purchased_on": "2025-08-01", "status": "active"}
P = {"id": "P1", "member": "M1", "amount": "12.50", "due_on": "2025-08-01", "status": "pending"}
C = {"id": "C1", "name": "Yoga", "starts_at": "2025-09-02T18:00"}
B = {"id": "B1", "member": "M1", "class": "C1", "status": "booked"}


@pytest.fixture
def club():
    return ClubFactory(time_zone="America/New_York", currency="USD")


@pytest.fixture
def member(club):
    return MemberFactory(club=club, external_id="M1")


def as_json(rows):
    return io.BytesIO(json.dumps(rows).encode())


def as_csv(rows):
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return io.BytesIO(("\ufeff" + file.getvalue()).encode())


def bring(kind, club, *rows, form=as_json):
    return import_file(kind, club=club, path_or_file=form(list(rows)), now=NOW)


def counts(report):
    return (report.created, report.changed, report.unchanged, report.refused_rows)


def reasons(report):
    return [f"{refusal.field}: {refusal.reason}" for refusal in report.refused]


@pytest.mark.parametrize("form", [as_csv, as_json])
def test_each_kind_comes_in_and_the_status_follows(club, member, form):
    assert counts(bring(CLASSES, club, C, form=form)) == (1, 0, 0, 0)
    assert counts(
        bring(AGREEMENTS, club, A | {"sessions_bought": "10", "sessions_left": "3"}, form=form)
    ) == (
        1,
        0,
        0,
        0,
    )
    member.refresh_from_db()
    assert member.follow_up_status == "active"
    assert counts(bring(PAYMENTS, club, P | {"agreement": "A1"}, form=form)) == (1, 0, 0, 0)
    member.refresh_from_db()
    assert member.follow_up_status == "delinquent"
    assert counts(bring(BOOKINGS, club, B, form=form)) == (1, 0, 0, 0)
    assert Agreement.objects.get().sessions_left == 3
    assert Payment.objects.values_list("amount", "currency").get() == (1250, "USD")
    assert f"{ClassSession.objects.get().starts_at:%d %H:%M}" == "02 22:00"
    assert Booking.objects.get().class_session == ClassSession.objects.get()
    assert FollowUpChange.objects.values_list("cause", flat=True)[0] == "payment P1"


def test_twice_changes_nothing(club, member):
    rows = {
        AGREEMENTS: (Agreement, A),
        PAYMENTS: (Payment, P),
        CLASSES: (ClassSession, C),
        BOOKINGS: (Booking, B),
    }
    for kind, (_model, row) in rows.items():
        bring(kind, club, row)
    before = {model: list(model.objects.values()) for model, _row in rows.values()}
    for kind, (_model, row) in rows.items():
        assert counts(bring(kind, club, row)) == (0, 0, 1, 0)
    assert {model: list(model.objects.values()) for model, _row in rows.values()} == before


def test_a_row_is_all_that_is_known_what_it_leaves_out_is_empty(club, member):
    AgreementFactory(member=member, external_id="A1", past_due=500, is_suspended=True)
    assert counts(bring(AGREEMENTS, club, A)) == (0, 1, 0, 0)
    row = Agreement.objects.get()
    assert (row.past_due, row.is_suspended) == (None, False)


def test_a_row_that_says_when_it_came_true_gives_way_to_newer_news(club, member):
    AgreementFactory(member=member, external_id="A1", name="Newer", changed_at=NOW)
    report = bring(AGREEMENTS, club, A | {"name": "Older", "occurred_at": "2025-08-31T10:00Z"})
    assert (counts(report), report.older) == ((0, 0, 1, 0), 1)
    assert Agreement.objects.get().name == "Newer"


def test_bad_rows_are_told_and_never_stop_the_good_ones(club, member):
    MemberFactory(club=club, external_id="M2")
    AgreementFactory(member__club=club, external_id="A9")
    report = bring(
        PAYMENTS,
        club,
        P,
        P | {"id": "P2", "member": "M9"},
        P | {"id": "P3", "agreement": "A9"},
        P | {"id": "P4", "amount": "", "status": "open"},
        P | {"id": "P1"},
        P | {"id": "P5", "member": "M2"},
    )
    assert counts(report) == (2, 0, 0, 4)
    assert [str(refusal) for refusal in report.refused] == [
        "line 1, row 2, member: is not known here yet.",
        "line 1, row 3, agreement: is not known here yet as one of this member's.",
        "line 1, row 4, amount: is missing.",
        "line 1, row 4, status: must be one of: pending, paid, failed, refunded.",
        "line 1, row 5, id: is already in row 1.",
    ]
    assert set(Payment.objects.values_list("external_id", flat=True)) == {"P1", "P5"}


def test_a_booking_needs_its_class_and_stays_with_its_member(club, member):
    other = MemberFactory(club=club, external_id="M2")
    assert reasons(bring(BOOKINGS, club, B)) == ["class: is not known here yet."]
    ClassSessionFactory(club=club, external_id="C1")
    bring(BOOKINGS, club, B)
    assert reasons(bring(BOOKINGS, club, B | {"member": "M2"})) == ["member: is another one than before."]
    assert not other.bookings.exists()


@pytest.mark.parametrize(
    ("kind", "row", "reason"),
    [
        (
            AGREEMENTS,
            A | {"sessions_bought": "2"},
            "sessions_left: is missing: tell both, or neither if unlimited.",
        ),
        (
            AGREEMENTS,
            A | {"sessions_bought": "x", "sessions_left": 1},
            "sessions_bought: must be a whole number, 0 or more.",
        ),
        (
            AGREEMENTS,
            A | {"past_due": "4000"},
            "past_due: “4000” could be in the smallest unit; write 4000.00 if it is not.",
        ),
        (
            AGREEMENTS,
            A | {"past_due": "40.00", "past_due_minor": "4000"},
            "past_due: is there twice: leave it or past_due_minor empty.",
        ),
        (
            AGREEMENTS,
            A | {"past_due_minor": "-1"},
            "past_due: must be a whole number in the currency's smallest unit, 0 or more.",
        ),
        (AGREEMENTS, A | {"club_slug": "elsewhere"}, "club_slug: “elsewhere” is another club."),
        (PAYMENTS, P | {"currency": "usd"}, "currency: must be three capital letters, like USD."),
        (
            CLASSES,
            C | {"starts_at": "2025-09-02"},
            "starts_at: must be a day and time like 2025-09-01T18:00:00+02:00.",
        ),
        (CLASSES, C | {"ends_at": "2025-09-02T17:00"}, "ends_at: must be after starts_at."),
    ],
)
def test_what_cannot_be_right_is_refused(club, member, kind, row, reason):
    report = bring(kind, club, row)
    assert (counts(report), reasons(report)) == ((0, 0, 0, 1), [reason])


@pytest.mark.parametrize(
    ("cell", "currency", "minor"),
    [
        ("12.50", "USD", 1250),
        (" 12.5 ", "USD", 1250),
        (Decimal("12.50"), "EUR", 1250),
        ("0", "USD", 0),
        (0, "USD", 0),
        ("0.00", "USD", 0),
        ("1250", "JPY", 1250),
        (1250, "JPY", 1250),
        ("1.250", "KWD", 1250),
        ("999999999999999.99", "USD", 99999999999999999),
    ],
)
def test_money_is_written_as_people_write_it(cell, currency, minor):
    assert in_minor_units(cell, currency) == minor


@pytest.mark.parametrize(
    ("cell", "currency"),
    [
        ("12,50", "USD"),
        ("1,250.00", "USD"),
        ("1.250", "EUR"),
        ("1'250.00", "CHF"),
        ("$12.50", "USD"),
        ("-12.50", "USD"),
        ("12.", "USD"),
        ("1250", "USD"),
        (1250, "USD"),
        ("12.50", "JPY"),
        (True, "USD"),
        ("1e3", "JPY"),
        (Decimal("1E+3"), "JPY"),
        ("١٢", "JPY"),
    ],
)
def test_money_that_could_mean_something_else_is_refused(cell, currency):
    with pytest.raises(RefusedCell):
        in_minor_units(cell, currency)


def test_who_counts_in_the_smallest_unit_says_so(club, member):
    bring(PAYMENTS, club, {**P, "amount": "", "amount_minor": "1250", "currency": "JPY"})
    bring(AGREEMENTS, club, A | {"past_due_minor": 4000})
    assert Payment.objects.get().amount == 1250
    assert Agreement.objects.get().past_due == 4000


def test_an_unknown_column_is_named_and_passed_over(club, member):
    report = bring(AGREEMENTS, club, A | {"seller": "Bo"})
    assert (counts(report), report.unknown_columns) == ((1, 0, 0, 0), ["seller"])


def test_a_preview_counts_as_the_import_and_writes_nothing(club, member, django_capture_on_commit_callbacks):
    rows = [A, A | {"id": "A2", "member": "M9"}]
    with django_capture_on_commit_callbacks() as followed:
        preview = preview_file(AGREEMENTS, club=club, path_or_file=as_json(rows), now=NOW)
    assert counts(preview) == (1, 0, 0, 1)
    assert followed == []
    assert not Agreement.objects.exists()
    assert Member.objects.get().follow_up_status == ""
    assert counts(bring(AGREEMENTS, club, *rows)) == counts(preview)


def test_the_number_of_statements_does_not_depend_on_the_rows(club, member):
    def statements(rows):
        with CaptureQueriesContext(
            connection,
        ) as found:
            bring(AGREEMENTS, club, *rows)
        return len(found)

    statements([A])
    some, more = (
        [A | {"id": f"{prefix}{n}"} for n in range(count)] for prefix, count in (("X", 2), ("Y", 40))
    )
    assert statements(some) == statements(more)


def test_rows_go_in_chunk_by_chunk(club, member, monkeypatch):
    monkeypatch.setattr(importing, "ROWS_PER_CHUNK", 2)
    assert counts(bring(AGREEMENTS, club, *(A | {"id": f"A{n}"} for n in range(5)))) == (5, 0, 0, 0)


def test_each_column_of_money_may_be_told_in_minor_units():
    assert "amount_minor" in PAYMENTS.columns
    assert "past_due_minor" in AGREEMENTS.columns
    assert not [name for name in BOOKINGS.columns if name.endswith(fact_files.MINOR)]
