"""The retention risk: each part by itself, what it is counted from, days at their limits, and who is not judged."""

import datetime as dt

import pytest

from members.models import Member
from members.rules.risk import risks
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    ClassSessionFactory,
    ClosureFactory,
    ClubFactory,
    MemberFactory,
    MessageFactory,
    PaymentFactory,
    VisitFactory,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOW.date()
LONG_AGO = TODAY - 1000 * DAY


def at(text):
    return dt.datetime.fromisoformat(text)


def risk_of(member, now=NOW):
    (found,) = risks(Member.objects.filter(pk=member.pk), member.club, now)
    return found


def regular(every=7, gap=7, visits=18, **values):
    """Came every so many days until `gap` days before NOW; joined long ago."""
    values.setdefault("joined_on", LONG_AGO)
    member = MemberFactory(days_away=gap, **values)
    for n in range(visits):
        VisitFactory(member=member, attended_at=member.last_attended_at - n * every * DAY)
    return member


# --- The gap against the usual one --------------------------------------------------------------
@pytest.mark.parametrize(
    ("every", "gap", "score"),
    [
        (7, 1, 0.0),
        (7, 7, 0.02),
        # 45 hundredths are spread over the 28 days after the usual seven; the rest is that visits become fewer.
        (7, 8, 0.04),
        (7, 14, 0.19),
        (7, 29, 0.55),
        # Nobody was here within a month.
        (7, 30, 0.62),
        (7, 35, 0.7),
        (7, 36, 0.7),
        (7, 400, 0.7),
        # Nobody is held to coming every day: two days are the shortest.
        (1, 2, 0.02),
        (1, 10, 0.53),
        # Once in forty days: thirty are the longest.
        (40, 30, 0.25),
        (40, 150, 0.7),
    ],
)
def test_the_gap_counts_against_the_members_own_rhythm(every, gap, score):
    found = risk_of(regular(every, gap, visits=200 // every))
    assert found.score == score
    assert ("gap" in found.reasons) == (gap >= 2 * max(2, min(every, 30)))


@pytest.mark.parametrize(
    ("days_before", "usual"),
    [
        ([], None),
        ([10], None),
        ([10, 20], 10.0),
        # Two visits on one day are one day.
        ([10, 10, 20], 10.0),
        ([0, 10, 20], 10.0),
        ([2, 4, 9], 3.0),
        # What lies 120 days back or more is another time of life.
        ([10, 20, 120], 10.0),
        ([10, 20, 119], 30.0),
    ],
)
def test_the_usual_gap_is_the_mean_between_days_of_visits(days_before, usual):
    member = MemberFactory(days_away=5, joined_on=LONG_AGO)
    for n, days in enumerate(days_before):
        VisitFactory(member=member, attended_at=member.last_attended_at - days * DAY - n * DAY / 1440)
    assert risk_of(member).usual == (usual)


def test_without_a_rhythm_a_week_is_taken_to_be_usual():
    assert risk_of(MemberFactory(days_away=7)).score == 0.0
    assert risk_of(MemberFactory(days_away=21)).score == 0.23


def test_days_on_which_the_club_was_shut_do_not_count():
    member = regular(every=7, gap=20)
    assert risk_of(member).gap == 20
    ClosureFactory(club=member.club, starts_on=TODAY - 15 * DAY, reopens_on=TODAY - 5 * DAY)
    ClosureFactory(club=member.club, starts_on=TODAY - 8 * DAY, reopens_on=TODAY - 3 * DAY)
    ClosureFactory(club=member.club, starts_on=TODAY, reopens_on=TODAY + 9 * DAY)
    assert risk_of(member).gap == 20 - 12 - 1


@pytest.mark.parametrize(
    ("zone", "last", "now", "gap"),
    [
        ("UTC", "2025-08-31T23:59:59Z", "2025-09-01T00:00:00Z", 1),
        ("Pacific/Auckland", "2025-08-31T11:59:00Z", "2025-08-31T12:00:00Z", 1),
        ("Pacific/Auckland", "2025-08-31T12:00:00Z", "2025-09-01T11:59:00Z", 0),
        ("Pacific/Honolulu", "2025-09-01T09:59:00Z", "2025-09-01T10:00:00Z", 1),
        ("Pacific/Honolulu", "2025-08-31T10:00:00Z", "2025-09-01T09:59:00Z", 0),
        ("America/New_York", "2025-03-08T23:00:00-05:00", "2025-03-10T00:30:00-04:00", 2),
        ("America/New_York", "2025-11-01T23:00:00-04:00", "2025-11-03T00:30:00-05:00", 2),
        ("UTC", "2024-02-28T12:00:00Z", "2024-03-01T12:00:00Z", 2),
        ("UTC", "2025-02-28T12:00:00Z", "2025-03-01T12:00:00Z", 1),
    ],
)
def test_days_are_those_of_the_club(zone, last, now, gap):
    member = MemberFactory(club=ClubFactory(time_zone=zone), last_attended_at=at(last))
    assert risk_of(member, at(now)).gap == gap


# --- Fewer visits than before -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("earlier", "recent", "part"),
    [(9, 3, 0.0), (9, 2, 1 / 3), (9, 1, 2 / 3), (3, 1, 0.0), (0, 1, 0.0), (2, 5, 0.0)],
)
def test_visits_of_the_last_month_count_against_those_of_the_three_before(earlier, recent, part):
    member = MemberFactory(days_away=1, joined_on=LONG_AGO)
    for n in range(recent):
        VisitFactory(member=member, attended_at=member.last_attended_at - n * DAY / 2)
    for n in range(earlier):
        VisitFactory(member=member, attended_at=member.last_attended_at - (31 + n) * DAY)
    found = risk_of(member)
    assert (found.recent, found.earlier) == (recent, earlier)
    assert found.score == pytest.approx(0.25 * part, abs=0.01)
    assert ("fewer" in found.reasons) == (part > 0)


def test_whoever_did_not_come_for_a_month_came_less_however_little_is_known():
    assert "fewer" not in risk_of(MemberFactory(days_away=29)).reasons
    assert "fewer" in risk_of(MemberFactory(days_away=30)).reasons


def test_a_last_visit_that_only_a_file_knew_is_one():
    member = MemberFactory(days_away=3)
    VisitFactory(member=member, attended_at=NOW - 60 * DAY)
    assert risk_of(member).recent == 1


# --- Tenure, payments, no-shows -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("settled", "score"), [(0, 0.1), (1, 0.1), (90, 0.05), (179, 0.0), (180, 0.0), (999, 0.0)]
)
def test_a_young_membership_is_a_risk(settled, score):
    member = MemberFactory(days_away=1, joined_on=TODAY - (settled + 1) * DAY)
    assert risk_of(member).score == score


def test_without_a_day_of_joining_nobody_counts_as_new():
    assert risk_of(MemberFactory(days_away=1, joined_on=None)).score == 0.0


@pytest.mark.parametrize(
    ("payment", "agreement", "owes"),
    [
        ({}, {}, True),
        ({"due_on": TODAY}, {}, False),
        ({"status": "paid", "paid_at": NOW - DAY}, {}, False),
        ({"status": "paid", "paid_at": NOW + DAY}, {}, True),
        ({"status": "refunded"}, {}, False),
        # What the other system says counts instead of payments.
        ({}, {"past_due": 0}, False),
        ({"status": "paid"}, {"past_due": 500}, True),
        ({"status": "paid"}, {"past_due": 500, "past_due_since": TODAY}, True),
        ({"status": "paid"}, {"past_due": 500, "past_due_since": TODAY + DAY}, False),
        ({"status": "paid"}, {"past_due": 500, "changed_at": NOW + DAY}, False),
    ],
)
def test_owing_is_a_risk(payment, agreement, owes):
    member = MemberFactory(days_away=1)
    PaymentFactory(agreement=AgreementFactory(member=member, **agreement), **payment)
    assert risk_of(member).score == (0.1 if owes else 0.0)


def test_a_payment_without_an_agreement_is_owed_too():
    member = MemberFactory(days_away=1)
    PaymentFactory(member=member, agreement=None)
    assert risk_of(member).reasons == ("owes",)


@pytest.mark.parametrize(
    ("days_before", "score"),
    [([], 0.0), ([1], 0.03), ([1, 2], 0.05), ([1, 2, 3], 0.05), ([58], 0.03), ([63], 0.0)],
)
def test_missed_classes_are_a_risk(days_before, score):
    member = MemberFactory(days_away=1)
    for days in days_before:
        session = ClassSessionFactory(club=member.club, starts_at=NOW - days * DAY)
        BookingFactory(member=member, class_session=session, status="no_show")
    BookingFactory(member=member, status="canceled")
    assert risk_of(member).score == score


def test_everything_at_once_is_certain():
    member = MemberFactory(last_attended_at=None, joined_on=TODAY - 40 * DAY)
    PaymentFactory(member=member, agreement=None)
    for days in (1, 2):
        session = ClassSessionFactory(club=member.club, starts_at=NOW - days * DAY)
        BookingFactory(member=member, class_session=session, status="no_show")
        MessageFactory(
            member=member, status="sent", channel="whatsapp", is_capped=True, sent_at=NOW - days * DAY
        )
    found = risk_of(member)
    assert (found.score, found.reasons) == (1.0, ("gap", "fewer", "new", "owes", "no_shows", "silent"))


# --- Who is judged, and as of when --------------------------------------------------------------
@pytest.mark.parametrize(
    "values",
    [
        {"frozen": True},
        {"canceled": True},
        {"stage": "lead"},
        {"stage": "trial"},
        {"stage": "former"},
        {"last_attended_at": None},
    ],
)
def test_some_are_not_judged(values):
    found = risk_of(MemberFactory(**{"days_away": 90} | values))
    assert (found.score, found.reasons) == (0.0, ())


def test_whoever_never_came_is_counted_from_joining():
    found = risk_of(MemberFactory(joined_on=TODAY - 14 * DAY))
    assert (found.gap, found.score) == (14, 0.21)


def test_it_can_be_asked_as_of_a_day_long_past():
    member = regular(every=7, gap=0, visits=60)
    then = NOW - 100 * DAY
    Member.objects.filter(pk=member.pk).update(last_attended_at=NOW)
    found = risk_of(member, then)
    assert (found.gap, found.usual, found.score) == (5, 7.0, 0.02)
    assert risk_of(member, NOW - 2000 * DAY).gap is None


@pytest.mark.parametrize("number", [1, 7])
def test_all_are_judged_by_one_statement(number, django_assert_num_queries):
    club = ClubFactory()
    for _ in range(number):
        regular(club=club, visits=4)
    with django_assert_num_queries(2):  # The club's closures, and everybody.
        assert len(list(risks(Member.objects.filter(club=club), club, NOW))) == number
