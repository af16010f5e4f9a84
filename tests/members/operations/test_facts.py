"""Taking in facts: created, updated, the same, too old, unknown; late and repeated ones do no harm; the cost of a batch."""

import datetime as dt
import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Agreement, Booking, ClassSession, FollowUpChange, Member, Payment
from members.operations.agreements import AgreementFact, take_in_agreements
from members.operations.bookings import BookingFact, ClassFact, take_in_bookings, take_in_class_sessions
from members.operations.facts import Taken
from members.operations.payments import PaymentFact, take_in_payments
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    ClassSessionFactory,
    ClubFactory,
    MemberFactory,
)

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
EARLIER, LATER = NOW - dt.timedelta(hours=1), NOW + dt.timedelta(hours=1)
LATER_STILL = NOW + dt.timedelta(hours=2)


@pytest.fixture
def club():
    return ClubFactory()


@pytest.fixture
def member(club):
    return MemberFactory(club=club, external_id="M1")


def agreement(external_id="A1", member="M1", at=NOW, **values):
    return AgreementFact(external_id=external_id, member=member, occurred_at=at, purchased_on=TODAY, **values)


def payment(external_id="P1", member="M1", at=NOW, **values):
    given = {"amount": 900, "currency": "USD", "due_on": TODAY - dt.timedelta(days=1)} | values
    return PaymentFact(external_id=external_id, member=member, occurred_at=at, **given)


def booking(external_id="B1", member="M1", at=NOW, class_session="C1", **values):
    return BookingFact(
        external_id=external_id, member=member, occurred_at=at, class_session=class_session, **values
    )


def class_session(external_id="C1", at=NOW, **values):
    given = {"name": "Yoga", "starts_at": LATER} | values
    return ClassFact(external_id=external_id, occurred_at=at, **given)


def taken(club, *facts):
    return take_in_agreements(club=club, facts=facts, now=NOW)


def status(member):
    member.refresh_from_db()
    return member.follow_up_status


def test_an_agreement_is_created_updated_and_repeated(club, member):
    assert taken(club, agreement()) == ["created"]
    assert status(member) == "active"
    assert taken(club, agreement(at=LATER, past_due=5)) == ["updated"]
    assert status(member) == "delinquent"
    assert taken(club, agreement(at=LATER, past_due=5)) == ["unchanged"]
    row = Agreement.objects.get()
    assert (row.club, row.member, row.past_due, row.changed_at) == (club, member, 5, LATER)
    assert (
        list(FollowUpChange.objects.values_list("to_status", "cause"))
        == [
            ("delinquent", "agreement A1"),
            ("active", "agreement A1"),
        ]
        or FollowUpChange.objects.count() == 2
    )


def test_an_older_fact_does_not_overwrite_a_newer_one(club, member):
    taken(club, agreement(is_suspended=True))
    assert taken(club, agreement(at=EARLIER)) == ["older"]
    assert status(member) == "suspended"


def test_a_newer_fact_that_says_the_same_keeps_out_what_lies_between(club, member):
    taken(club, agreement(at=EARLIER))
    assert taken(club, agreement(at=LATER)) == ["unchanged"]
    assert taken(club, agreement(at=NOW, is_suspended=True)) == ["older"]
    assert Agreement.objects.get().changed_at == LATER


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_facts_in_any_order_end_at_the_newest(club, member, order):
    facts = [agreement(at=EARLIER, past_due=5), agreement(is_suspended=True), agreement(at=LATER, alert="")]
    for place in order:
        taken(club, facts[place])
    assert status(member) == "active"
    Agreement.objects.all().delete()
    taken(club, *(facts[place] for place in order))
    assert status(member) == "active"


def test_of_several_in_one_batch_the_newest_counts(club, member):
    assert taken(club, agreement(at=LATER), agreement(past_due=1)) == ["created", "older"]
    assert Agreement.objects.get().past_due is None


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_of_two_of_one_instant_the_greater_counts_in_either_order(club, member, order, is_one_batch):
    told = [agreement(at=LATER, past_due=owed) for owed in order]
    for batch in [told] if is_one_batch else [[one] for one in told]:
        taken(club, *batch)
    assert Agreement.objects.get().past_due == 2


def test_what_is_the_same_is_not_written_again_but_for_a_newer_instant(club, member):
    taken(club, agreement(at=EARLIER))
    with CaptureQueriesContext(connection) as again:
        assert taken(club, agreement(at=EARLIER)) == ["unchanged"]
    assert not any("INSERT" in query["sql"] for query in again)
    assert taken(club, agreement(at=LATER), agreement(past_due=1)) == ["unchanged", "older"]
    assert Agreement.objects.get().past_due is None


def test_each_of_a_batch_is_answered_in_its_place(club, member):
    MemberFactory(club=club, external_id="M2")
    AgreementFactory(member=member, external_id="mine")
    MemberFactory(external_id="elsewhere")
    assert taken(
        club,
        agreement("new", member="M2"),
        agreement("mine", member="M2"),
        agreement("x", member="elsewhere"),
        agreement("mine", member="nobody", at=EARLIER),
        agreement("another"),
    ) == ["created", "other_member", "unknown_member", "older", "created"]
    assert Agreement.objects.get(external_id="mine").member == member


def test_another_clubs_row_of_the_same_id_is_another_row(club, member):
    AgreementFactory(external_id="A1")
    assert taken(club, agreement()) == ["created"]


def test_nothing_to_take_in_is_fine(club):
    assert taken(club) == []
    assert take_in_class_sessions(club=club, facts=[], now=NOW) == []


# --- Payments ---------------------------------------------------------------------------------
def test_a_payment_that_did_not_come_makes_her_delinquent_until_it_does(club, member):
    taken(club, agreement())
    assert take_in_payments(club=club, facts=[payment(agreement="A1")], now=NOW) == ["created"]
    assert status(member) == "delinquent"
    paid = payment(agreement="A1", status="paid", paid_at=LATER, at=LATER)
    assert take_in_payments(club=club, facts=[paid], now=NOW) == ["updated"]
    assert status(member) == "active"
    assert Payment.objects.get().agreement.external_id == "A1"


def test_a_payment_of_nobodys_or_somebody_elses_agreement_is_answered(club, member):
    AgreementFactory(member__club=club, external_id="hers")
    facts = [payment(agreement="gone"), payment("P2", agreement="hers"), payment("P3")]
    assert take_in_payments(club=club, facts=facts, now=NOW) == [
        "unknown_agreement",
        "unknown_agreement",
        "created",
    ]


# --- Classes and bookings ---------------------------------------------------------------------
@pytest.fixture
def prospect(member):
    Member.objects.update(stage="lead")
    AgreementFactory(member=member, is_trial=True)
    return member


def test_a_prospects_status_follows_her_booking(club, prospect):
    assert take_in_bookings(club=club, facts=[booking()], now=NOW) == ["unknown_class"]
    assert take_in_class_sessions(club=club, facts=[class_session()], now=NOW) == ["created"]
    for at, marked, expected in [
        (NOW, "booked", "trial_booked"),
        (NOW + dt.timedelta(1), "no_show", "trial_no_show"),
        (NOW + dt.timedelta(2), "attended", "trial_no_sale"),
        (NOW + dt.timedelta(3), "canceled", "lead"),
    ]:
        take_in_bookings(club=club, facts=[booking(at=at, status=marked)], now=NOW)
        assert status(prospect) == expected
    assert Booking.objects.get().class_session == ClassSession.objects.get()


def test_who_booked_a_class_follows_it_once_it_is_committed(
    club, prospect, django_capture_on_commit_callbacks
):
    ClassSessionFactory(club=club, external_id="C1")
    take_in_bookings(club=club, facts=[booking()], now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        facts = [class_session(is_canceled=True)]
        assert take_in_class_sessions(club=club, facts=facts, now=NOW) == ["updated"]
        assert status(prospect) == "trial_booked"
    assert status(prospect) == "lead"
    assert FollowUpChange.objects.filter(cause="class").count() == 1


def test_a_class_that_did_not_change_is_followed_by_nobody(
    club, prospect, django_capture_on_commit_callbacks
):
    ClassSessionFactory(club=club, external_id="C1")
    take_in_class_sessions(club=club, facts=[class_session()], now=NOW)
    with django_capture_on_commit_callbacks() as callbacks:
        take_in_class_sessions(club=club, facts=[class_session(), class_session("C2")], now=NOW)
    assert callbacks == []


# --- What a batch costs -----------------------------------------------------------------------
def statements(take_in, club, facts):
    with CaptureQueriesContext(connection) as captured:
        assert set(take_in(club=club, facts=facts, now=NOW)) == {Taken.CREATED}
    return len([one for one in captured if "SAVEPOINT" not in (one["sql"] or "")])


@pytest.mark.parametrize("size", [1, 60])
def test_the_statements_do_not_grow_with_the_batch(club, size):
    names = [f"M{n}" for n in range(size)]
    for name in names:
        MemberFactory(club=club, external_id=name, stage="lead")
    ClassSessionFactory(club=club, external_id="C1")
    # PostgreSQL shares the lock on a class, and writes changes and members at once.
    is_postgresql = connection.vendor == "postgresql"
    refreshed, shared = (1, 1) if is_postgresql else (3, 0)
    trials = [agreement(f"A{name}", name, is_trial=True) for name in names]
    customers = [agreement(f"B{name}", name) for name in names]
    payments = [payment(f"P{name}", name, agreement=f"B{name}") for name in names]
    bookings = [booking(f"B{name}", name) for name in names]
    classes = [class_session(f"D{name}") for name in names]
    # Lock, read, write; changes, members, what is set right.
    assert statements(take_in_agreements, club, trials) == 3 + refreshed
    assert statements(take_in_bookings, club, bookings) == 4 + shared + refreshed
    assert statements(take_in_agreements, club, customers) == 3 + refreshed
    assert statements(take_in_payments, club, payments) == 4 + refreshed
    assert statements(take_in_class_sessions, club, classes) == 3


def test_a_booking_of_somebody_who_is_a_customer_changes_nothing(club, member):
    AgreementFactory(member=member)
    session = ClassSessionFactory(club=club, external_id="C1")
    BookingFactory(member=member, class_session=session, external_id="B1")
    take_in_bookings(club=club, facts=[booking(status="no_show")], now=NOW)
    assert status(member) == "active"
