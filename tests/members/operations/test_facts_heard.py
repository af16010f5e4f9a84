"""What workflows hear of facts, and the instants that these leave behind for them to count from."""

import pytest

from members.models import Booking
from members.operations.agreements import take_in_agreements
from members.operations.bookings import take_in_bookings, take_in_class_sessions
from members.operations.payments import take_in_payments
from members.signals import facts_changed
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    ClassSessionFactory,
)
from tests.members.operations.test_facts import (
    EARLIER,
    LATER,
    LATER_STILL,
    agreement,
    booking,
    class_session,
    club,
    member,
    payment,
)

__all__ = ["club", "member"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    ids = []

    def listen(member_ids, **_):
        ids.append(list(member_ids))

    facts_changed.connect(listen)
    yield ids
    facts_changed.disconnect(listen)


def test_workflows_hear_of_every_fact_that_is_news_whatever_the_status(club, member, heard):
    ClassSessionFactory(club=club, external_id="C1")
    AgreementFactory(member=member, external_id="A1")
    for take_in, fact in (
        (take_in_agreements, agreement()),
        (take_in_payments, payment()),
        (take_in_bookings, booking()),
    ):
        heard.clear()
        take_in(club=club, facts=[fact], now=NOW)
        assert heard == [[member.pk]], fact
        take_in(club=club, facts=[fact], now=NOW)
        assert heard == [[member.pk]], fact


def test_workflows_hear_of_whoever_is_to_come_to_a_class_that_changed(
    club, member, heard, django_capture_on_commit_callbacks
):
    session = ClassSessionFactory(club=club, external_id="C1")
    BookingFactory(member=member, class_session=session)
    BookingFactory(member__club=club, class_session=session, status="canceled")
    with django_capture_on_commit_callbacks(execute=True):
        take_in_class_sessions(club=club, facts=[class_session(name="Pilates")], now=NOW)
        assert heard == []
    assert heard == [[member.pk]]


def told(club, *facts):
    """When it was first told and has its status since, after each of these."""
    instants = []
    for fact in facts:
        take_in_bookings(club=club, facts=[fact], now=NOW)
        row = Booking.objects.get()
        instants.append((row.first_told_at, row.status_since))
    return instants


def test_a_booking_keeps_when_it_was_first_told_and_took_on_its_status(club, member):
    ClassSessionFactory(club=club, external_id="C1")
    assert (
        told(
            club,
            booking(at=EARLIER),
            booking(booked_at=EARLIER),
            booking(at=LATER, status="confirmed"),
            booking(at=LATER_STILL, status="confirmed", booked_at=NOW),
            booking(at=NOW, status="canceled"),
        )
        == [(EARLIER, EARLIER)] * 2 + [(EARLIER, LATER)] * 3
    )


def test_what_was_there_before_instants_were_kept_gets_none_by_being_told_again(club, member):
    session = ClassSessionFactory(club=club, external_id="C1")
    BookingFactory(member=member, class_session=session, external_id="B1")
    assert told(club, booking(at=EARLIER), booking(status="confirmed")) == [(None, None), (None, NOW)]
