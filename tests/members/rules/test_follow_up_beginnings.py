"""Since when a status holds that is told late: by its facts, in the club's days; and by the hour where they say nothing."""

import datetime as dt

import pytest

from members.models import FollowUpChange, Member
from members.operations.agreements import AgreementFact, take_in_agreements
from members.operations.bookings import BookingFact, take_in_bookings
from members.operations.follow_up import check_follow_up, refresh_follow_up
from members.operations.payments import PaymentFact, take_in_payments
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    ClassSessionFactory,
    ClubFactory,
    MemberFactory,
    PaymentFactory,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOW.date()
ENDED = {"status": "inactive", "purchased_on": dt.date(2024, 1, 15)}


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def since(member):
    member = Member.objects.get(pk=member.pk)
    assert FollowUpChange.objects.filter(member=member).first().changed_at == member.follow_up_status_since
    return member.follow_up_status, member.follow_up_status_since


def first(member, now=NOW):
    refresh_follow_up(club=member.club, member_ids=[member.pk], now=now)
    return since(member)


# --- The first status ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("zone", "ends_on", "began"),
    [
        ("UTC", "2025-08-31", "2025-08-31T00:00"),
        ("UTC", "2025-09-01", "2025-09-01T00:00"),
        # Still to come in the club: so it ended before, and nothing says when but the purchase.
        ("UTC", "2025-09-02", "2024-01-15T00:00"),
        # Ten in the morning of the first is late in the evening of it there.
        ("Pacific/Auckland", "2025-09-01", "2025-08-31T12:00"),
        ("Pacific/Auckland", "2025-09-02", "2024-01-14T11:00"),
        # And midnight of it here.
        ("Pacific/Honolulu", "2025-08-31", "2025-08-31T10:00"),
        ("Pacific/Honolulu", "2025-09-01", "2025-09-01T10:00"),
        ("Pacific/Honolulu", "2025-09-02", "2024-01-15T10:00"),
        ("Europe/Zurich", "2024-02-29", "2024-02-28T23:00"),
        # The days on which clocks change, and the days after them.
        ("Europe/Zurich", "2025-03-30", "2025-03-29T23:00"),
        ("Europe/Zurich", "2025-03-31", "2025-03-30T22:00"),
        ("Europe/Zurich", "2024-10-27", "2024-10-26T22:00"),
        ("Europe/Zurich", "2024-10-28", "2024-10-27T23:00"),
        # Where clocks skip midnight the day begins an hour later.
        ("America/Havana", "2025-03-09", "2025-03-09T05:00"),
    ],
)
@pytest.mark.parametrize("alert", ["canceled", "expired"])
def test_an_ended_agreement_gives_its_status_since_the_day_on_which_it_ended(zone, ends_on, began, alert):
    club = ClubFactory(time_zone=zone)
    agreement = AgreementFactory(
        member__club=club, alert=alert, ends_on=dt.date.fromisoformat(ends_on), **ENDED
    )
    assert first(agreement.member) == (alert, at(began))


@pytest.mark.parametrize(
    ("status", "facts", "began_on"),
    [
        ("expired", {"status": "inactive"}, "2025-03-03"),
        ("expired", {"status": "inactive", "starts_on": dt.date(2025, 3, 10)}, "2025-03-10"),
        ("active", {}, "2025-03-03"),
        ("active", {"starts_on": dt.date(2025, 3, 10)}, "2025-03-10"),
        ("active", {"starts_on": TODAY}, "2025-09-01"),
        ("active", {"starts_on": TODAY + DAY}, "2025-03-03"),
        ("active", {"ends_on": dt.date(2025, 6, 1)}, "2025-03-03"),
        ("suspended", {"is_suspended": True}, "2025-03-03"),
        ("renewal", {"sessions_bought": 1, "sessions_left": 1}, "2025-03-03"),
        ("drop_in", {"sessions_bought": 1, "sessions_left": 0}, "2025-03-03"),
        ("delinquent", {"past_due": 5}, "2025-03-03"),
        ("delinquent", {"past_due": 5, "past_due_since": TODAY - DAY}, "2025-08-31"),
        ("delinquent", {"past_due": 5, "past_due_since": TODAY}, "2025-09-01"),
        ("delinquent", {"past_due": 5, "past_due_since": TODAY + DAY}, "2025-03-03"),
        ("collections", {"status": "collections", "past_due_since": dt.date(2025, 7, 1)}, "2025-07-01"),
        ("collections", {"status": "collections"}, "2025-03-03"),
    ],
)
def test_of_another_agreement_the_day_that_says_most(status, facts, began_on):
    agreement = AgreementFactory(
        member__club__time_zone="UTC", **{"purchased_on": dt.date(2025, 3, 3)} | facts
    )
    assert first(agreement.member) == (status, at(f"{began_on}T00:00"))


def test_a_purchase_still_to_come_says_nothing():
    agreement = AgreementFactory(purchased_on=TODAY + DAY * 2)
    assert first(agreement.member) == ("active", NOW)


def test_unpaid_payments_say_since_when():
    agreement = AgreementFactory(member__club__time_zone="UTC", purchased_on=dt.date(2025, 3, 3))
    for day, paid in ((5, "paid"), (20, "failed"), (25, "pending")):
        PaymentFactory(agreement=agreement, due_on=dt.date(2025, 8, day), status=paid)
    assert first(agreement.member) == ("delinquent", at("2025-08-20T00:00"))


def test_of_several_agreements_the_one_that_decides_says_since_when():
    member = MemberFactory(club__time_zone="UTC")
    AgreementFactory(member=member, ends_on=dt.date(2025, 6, 30), **ENDED)
    AgreementFactory(
        member=member, ends_on=dt.date(2025, 2, 28), **ENDED | {"purchased_on": dt.date(2024, 3, 1)}
    )
    assert first(member) == ("expired", at("2025-02-28T00:00"))


@pytest.mark.parametrize(
    ("facts", "began"),
    [
        ({"inquired_on": dt.date(2025, 8, 31)}, "2025-08-31T00:00"),
        ({"inquired_on": TODAY}, "2025-09-01T00:00"),
        ({"inquired_on": TODAY + DAY}, "2025-09-01T10:00"),
        ({"joined_on": dt.date(2025, 8, 1)}, "2025-09-01T10:00"),
        ({"days_away": 40}, "2025-09-01T10:00"),
        ({}, "2025-09-01T10:00"),
    ],
)
def test_a_lead_is_one_since_they_asked(facts, began):
    assert first(MemberFactory(club__time_zone="UTC", stage="lead", **facts)) == ("lead", at(began))


@pytest.mark.parametrize(
    ("facts", "began"),
    [
        ({"days_away": 40, "joined_on": dt.date(2024, 5, 6)}, "2025-07-23T00:00"),
        ({"joined_on": dt.date(2024, 5, 6)}, "2024-05-06T00:00"),
        ({}, "2025-09-01T10:00"),
    ],
)
@pytest.mark.parametrize(
    ("person", "status"),
    [
        ({"canceled": True}, "canceled"),
        ({"stage": "former"}, "canceled"),
        ({"frozen": True}, "suspended"),
    ],
)
def test_without_an_agreement_whoever_left_was_last_seen_on_a_day(person, status, facts, began):
    assert first(MemberFactory(club__time_zone="UTC", **person, **facts)) == (status, at(began))


def test_a_last_visit_counts_by_the_clubs_day():
    club = ClubFactory(time_zone="Pacific/Auckland")
    member = MemberFactory(club=club, canceled=True, last_attended_at=at("2025-08-20T13:00"))
    assert first(member) == ("canceled", at("2025-08-20T12:00"))


@pytest.mark.parametrize(("became", "status"), [("attended", "trial_no_sale"), ("no_show", "trial_no_show")])
def test_a_trial_class_that_is_over_says_since_when(became, status):
    member = MemberFactory(stage="trial", inquired_on=dt.date(2025, 7, 1))
    AgreementFactory(member=member, is_trial=True, purchased_on=dt.date(2025, 8, 1))
    for day in (10, 12):
        session = ClassSessionFactory(club=member.club, starts_at=at(f"2025-08-{day}T17:00"))
        BookingFactory(member=member, class_session=session, status=became)
    assert first(member) == (status, at("2025-08-12T17:00"))


def test_a_trial_class_to_come_is_news():
    member = MemberFactory(stage="trial", inquired_on=dt.date(2025, 7, 1))
    AgreementFactory(member=member, is_trial=True, purchased_on=dt.date(2025, 8, 1))
    BookingFactory(member=member, class_session=ClassSessionFactory(club=member.club, starts_at=NOW + DAY))
    assert first(member) == ("trial_booked", NOW)


def test_the_check_of_everybody_dates_first_statuses_too():
    agreement = AgreementFactory(member__club__time_zone="UTC", ends_on=dt.date(2025, 6, 30), **ENDED)
    check_follow_up(club=agreement.club, now=NOW)
    assert since(agreement.member) == ("expired", at("2025-06-30T00:00"))


# --- What comes in after somebody is known ----------------------------------------------------------
@pytest.fixture
def club():
    return ClubFactory(time_zone="UTC")


def known(club, now=NOW, **facts):
    """Somebody who came in with a file of members, before anything else was told."""
    member = MemberFactory(club=club, external_id="M1", **facts)
    refresh_follow_up(club=club, member_ids=[member.pk], now=now)
    return member


def tell(club, now=NOW, **facts):
    fact = AgreementFact(external_id="A1", member="M1", occurred_at=now, **{**ENDED, **facts})
    take_in_agreements(club=club, facts=[fact], now=now)


def story(member):
    return list(
        FollowUpChange.objects.filter(member=member).values_list("from_status", "to_status", "changed_at")
    )


def test_what_had_to_be_believed_before_the_first_file_is_set_right(club):
    member = known(club)
    assert since(member) == ("active", NOW)
    tell(club, now=NOW + DAY / 24, alert="canceled", ends_on=dt.date(2025, 6, 30))
    assert since(member) == ("canceled", at("2025-06-30T00:00"))
    assert story(member) == [("", "canceled", at("2025-06-30T00:00"))]


@pytest.mark.parametrize(
    ("ends_on", "expected"),
    [
        # Before anything was known of them: they never were what they were taken for.
        ("2025-08-31", [("", "expired", "2025-08-31T00:00")]),
        # On the day on which they became known here, and the day after: both hold, one after the other.
        ("2025-09-01", [("active", "expired", "2025-09-03T10:00"), ("", "active", "2025-09-01T10:00")]),
        ("2025-09-02", [("active", "expired", "2025-09-02T00:00"), ("", "active", "2025-09-01T10:00")]),
        # Today is news, at the hour at which it is told.
        ("2025-09-03", [("active", "expired", "2025-09-03T10:00"), ("", "active", "2025-09-01T10:00")]),
    ],
)
def test_what_is_told_later_holds_since_its_day_but_never_before_what_was_true(club, ends_on, expected):
    member = known(club)
    tell(club, now=NOW + DAY * 2, alert="expired", ends_on=dt.date.fromisoformat(ends_on))
    assert since(member)[0] == "expired"
    assert story(member) == [(before, after, at(when)) for before, after, when in expected]


def test_a_change_of_an_agreement_that_is_known_is_news_whatever_its_days_say(club):
    member = known(club, joined_on=dt.date(2024, 1, 15))
    tell(club, status="active")
    tell(club, now=NOW + DAY, alert="canceled", ends_on=dt.date(2025, 6, 30))
    assert story(member) == [
        ("active", "canceled", NOW + DAY),
        ("", "active", at("2024-01-15T00:00")),
    ]


def test_a_story_of_several_changes_is_never_rewritten(club):
    member = known(club)
    Member.objects.filter(pk=member.pk).update(membership_status="frozen")
    refresh_follow_up(club=club, member_ids=[member.pk], now=NOW + DAY)
    tell(club, now=NOW + DAY * 2, alert="canceled", ends_on=dt.date(2025, 6, 30))
    assert [after for _before, after, _at in story(member)] == ["canceled", "suspended", "active"]
    assert since(member) == ("canceled", NOW + DAY * 2)


def test_a_lead_who_buys_was_a_lead_until_then(club):
    member = known(club, stage="lead", inquired_on=dt.date(2025, 8, 20))
    tell(club, status="active", purchased_on=dt.date(2025, 8, 30))
    assert story(member) == [
        ("lead", "active", at("2025-08-30T00:00")),
        ("", "lead", at("2025-08-20T00:00")),
    ]


def test_payments_of_long_ago_say_since_when_somebody_owes(club):
    member = known(club, joined_on=dt.date(2024, 1, 15))
    tell(club, status="active")
    paid = {"member": "M1", "agreement": "A1", "amount": 500, "currency": "USD", "occurred_at": NOW}
    fact = PaymentFact(external_id="P1", due_on=dt.date(2025, 5, 4), status="failed", **paid)
    take_in_payments(club=club, facts=[fact], now=NOW)
    assert since(member) == ("delinquent", at("2025-05-04T00:00"))


def test_bookings_of_long_ago_say_since_when_a_trial_was_missed(club):
    member = known(club, stage="trial")
    tell(club, status="active", is_trial=True)
    ClassSessionFactory(club=club, external_id="C1", starts_at=at("2025-08-12T17:00"))
    fact = BookingFact(external_id="B1", member="M1", class_session="C1", status="no_show", occurred_at=NOW)
    take_in_bookings(club=club, facts=[fact], now=NOW)
    assert story(member) == [("", "trial_no_show", at("2025-08-12T17:00"))]


def test_others_keep_their_story_when_somebodys_is_set_right(club):
    member = known(club)
    other = MemberFactory(club=club)
    refresh_follow_up(club=club, member_ids=[other.pk], now=NOW)
    tell(club, now=NOW + DAY / 24, alert="canceled", ends_on=dt.date(2025, 6, 30))
    assert story(other) == [("", "active", NOW)]
    assert len(story(member)) == 1
