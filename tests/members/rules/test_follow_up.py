"""The follow-up status: each of the fourteen, each pair that overlaps, several agreements, and prospects by their days."""

import datetime as dt
import itertools
import zoneinfo

import pytest

from members.models import FollowUpStatus, Member
from members.rules.follow_up import decisive_agreement, with_follow_up
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    ClassSessionFactory,
    MemberFactory,
    PaymentFactory,
)

TODAY = NOW.date()
DAY = dt.timedelta(days=1)
S = FollowUpStatus


def status_of(member, now=NOW):
    return with_follow_up(Member.objects.filter(pk=member.pk), member.club, now).get().current


def customer(**agreement):
    return AgreementFactory(**agreement).member


def prospect(classes=(), trial_on=TODAY - 10 * DAY, **values):
    """With a trial, and (days from NOW, booking's status, more of the class) of each class booked."""
    member = MemberFactory(stage="trial", **values)
    AgreementFactory(member=member, is_trial=True, purchased_on=trial_on)
    for days, status, *more in classes:
        session = ClassSessionFactory(
            club=member.club, starts_at=NOW + days * DAY, is_canceled="canceled" in more
        )
        BookingFactory(member=member, class_session=session, status=status)
    return member


# --- Each status ------------------------------------------------------------------------------
EACH = {
    S.ACTIVE: lambda: customer(),
    S.DELINQUENT: lambda: customer(past_due=1),
    S.SUSPENDED: lambda: customer(is_suspended=True),
    S.DROP_IN: lambda: customer(used=True),
    S.RENEWAL: lambda: customer(single=True),
    S.CANCELED: lambda: customer(canceled=True),
    S.EXPIRED: lambda: customer(expired=True),
    S.COLLECTIONS: lambda: customer(in_collections=True),
    S.LEAD: lambda: MemberFactory(stage="lead", origin="walk_in"),
    S.WEB_LEAD: lambda: MemberFactory(stage="lead", origin="web"),
    S.REFERRAL: lambda: MemberFactory(stage="lead", origin="referral"),
    S.TRIAL_BOOKED: lambda: prospect([(2, "booked")]),
    S.TRIAL_NO_SHOW: lambda: prospect([(-2, "no_show")]),
    S.TRIAL_NO_SALE: lambda: prospect([(-2, "attended")]),
}


@pytest.mark.django_db
@pytest.mark.parametrize("status", FollowUpStatus)
def test_each_status(status):
    assert status_of(EACH[status]()) == status


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, S.ACTIVE),
        ({"membership_status": "frozen"}, S.SUSPENDED),
        ({"membership_status": "canceled"}, S.CANCELED),
        ({"stage": "former"}, S.CANCELED),
        ({"stage": "lead"}, S.LEAD),
        ({"stage": "trial", "origin": "web"}, S.WEB_LEAD),
    ],
)
def test_without_an_agreement_the_members_own_columns_tell(values, status):
    assert status_of(MemberFactory(**values)) == status


# --- Each pair that overlaps ------------------------------------------------------------------
RULES = [
    (S.DELINQUENT, {"past_due": 500}),
    (S.SUSPENDED, {"is_suspended": True}),
    (S.DROP_IN, {"sessions_bought": 1, "sessions_left": 0}),
    (S.RENEWAL, {"sessions_bought": 1, "sessions_left": 1}),
    (S.CANCELED, {"status": "inactive", "alert": "canceled"}),
    (S.EXPIRED, {"status": "inactive", "alert": "expired"}),
    (S.COLLECTIONS, {"status": "collections"}),
]
"""From the second of the specification's list on, in its order: where two apply, the later wins."""

CANNOT_OVERLAP = [{S.DROP_IN, S.RENEWAL}, {S.CANCELED, S.EXPIRED}]
"""Nobody has one session left and none, nor an alert that says two things."""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "second"),
    [pair for pair in itertools.combinations(RULES, 2) if {pair[0][0], pair[1][0]} not in CANNOT_OVERLAP],
    ids=lambda rule: rule[0],
)
def test_of_two_rules_that_apply_the_later_wins(first, second):
    assert status_of(customer(**first[1] | second[1])) == second[0]


@pytest.mark.django_db
def test_an_inactive_one_without_an_alert_counts_as_expired():
    assert status_of(customer(status="inactive")) == S.EXPIRED


@pytest.mark.django_db
def test_an_alert_on_an_active_one_says_nothing_yet():
    assert status_of(customer(alert="canceled")) == S.ACTIVE


@pytest.mark.django_db
def test_more_left_than_bought_is_left_all_the_same():
    assert status_of(customer(sessions_bought=1, sessions_left=2)) == S.RENEWAL
    assert status_of(customer(sessions_bought=10, sessions_left=0)) == S.ACTIVE


# --- What is past due -------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("payment", "status"),
    [
        ({}, S.DELINQUENT),
        ({"status": "failed"}, S.DELINQUENT),
        ({"status": "paid"}, S.ACTIVE),
        ({"status": "refunded"}, S.ACTIVE),
        ({"due_on": TODAY}, S.ACTIVE),
        ({"amount": 0}, S.ACTIVE),
    ],
)
def test_payments_tell_what_is_past_due(payment, status):
    assert status_of(PaymentFactory(**payment).member) == status


@pytest.mark.django_db
def test_what_the_other_system_says_is_past_due_counts_instead_of_payments():
    assert status_of(PaymentFactory(agreement__past_due=0).member) == S.ACTIVE


@pytest.mark.django_db
def test_payments_without_or_of_another_agreement_do_not_count():
    agreement = AgreementFactory()
    PaymentFactory(agreement=None, member=agreement.member)
    PaymentFactory(agreement__member=agreement.member, agreement__purchased_on=TODAY - 90 * DAY)
    assert status_of(agreement.member) == S.ACTIVE


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu", "Europe/Zurich"])
def test_a_payment_is_past_due_when_its_day_is_over_at_the_club(zone):
    member = PaymentFactory(agreement__member__club__time_zone=zone, due_on=dt.date(2025, 3, 30)).member
    end = dt.datetime(2025, 3, 31, tzinfo=zoneinfo.ZoneInfo(zone))
    assert status_of(member, end - dt.timedelta(seconds=1)) == S.ACTIVE
    assert status_of(member, end) == S.DELINQUENT


# --- Several agreements -----------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("agreements", "status"),
    [
        ([{"in_collections": True, "purchased_on": TODAY - 999 * DAY}, {}], S.COLLECTIONS),
        ([{"past_due": 1}, {"single": True, "purchased_on": TODAY}], S.DELINQUENT),
        ([{"single": True}, {"canceled": True, "purchased_on": TODAY}], S.RENEWAL),
        ([{"is_suspended": True, "purchased_on": TODAY}, {"past_due": 1}], S.SUSPENDED),
        ([{"single": True, "purchased_on": TODAY}, {"used": True}], S.RENEWAL),
        ([{"canceled": True, "purchased_on": TODAY}, {"expired": True}], S.CANCELED),
        ([{"past_due": 1}, {"is_suspended": True}], S.SUSPENDED),
        ([{"sessions_bought": 10, "sessions_left": 3}, {"used": True, "purchased_on": TODAY}], S.ACTIVE),
        ([{"expired": True}, {"is_trial": True, "purchased_on": TODAY}], S.EXPIRED),
    ],
)
def test_one_of_several_agreements_decides(agreements, status):
    member = MemberFactory()
    for agreement in agreements:
        AgreementFactory(member=member, **agreement)
    assert status_of(member) == status


@pytest.mark.django_db
def test_it_tells_which_agreement_decided():
    member = MemberFactory()
    AgreementFactory(member=member)
    later = AgreementFactory(member=member, purchased_on=TODAY)
    found = with_follow_up(Member.objects.filter(pk=member.pk), member.club, NOW).get()
    assert decisive_agreement(found.decisive) == later.pk
    assert decisive_agreement(None) is None


@pytest.mark.django_db
def test_an_agreement_makes_a_customer_of_a_lead_but_a_trial_does_not():
    assert status_of(customer(member__stage="lead")) == S.ACTIVE
    assert status_of(customer(member__stage="lead", is_trial=True, in_collections=True)) == S.LEAD
    assert status_of(customer(is_trial=True, past_due=1)) == S.ACTIVE


# --- Prospects --------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("classes", "status"),
    [
        ([], S.REFERRAL),
        ([(2, "canceled")], S.REFERRAL),
        ([(2, "booked", "canceled")], S.REFERRAL),
        ([(2, "confirmed")], S.TRIAL_BOOKED),
        ([(-2, "booked")], S.TRIAL_NO_SHOW),
        ([(-2, "confirmed")], S.TRIAL_NO_SHOW),
        ([(-3, "attended"), (2, "booked")], S.TRIAL_BOOKED),
        ([(-3, "attended"), (2, "canceled")], S.TRIAL_NO_SALE),
        ([(-3, "attended"), (-2, "no_show")], S.TRIAL_NO_SHOW),
        ([(-3, "no_show"), (-2, "attended")], S.TRIAL_NO_SALE),
        ([(-3, "attended"), (-2, "no_show", "canceled")], S.TRIAL_NO_SALE),
        ([(0, "attended")], S.TRIAL_NO_SALE),
        ([(-10, "attended")], S.TRIAL_NO_SALE),
        ([(-11, "attended")], S.REFERRAL),
    ],
)
def test_a_prospects_classes_tell(classes, status):
    assert status_of(prospect(classes, origin="referral")) == status


@pytest.mark.django_db
def test_a_class_without_a_trial_says_nothing():
    assert status_of(BookingFactory(member__stage="lead").member) == S.LEAD


@pytest.mark.django_db
def test_the_first_of_two_trials_counts():
    member = prospect([(-5, "attended")])
    AgreementFactory(member=member, is_trial=True, purchased_on=TODAY)
    assert status_of(member) == S.TRIAL_NO_SALE


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu", "Europe/Zurich"])
@pytest.mark.parametrize(
    "day", [dt.date(2025, 9, 1), dt.date(2025, 3, 30), dt.date(2025, 10, 26), dt.date(2024, 2, 29)]
)
@pytest.mark.parametrize("hour", [0, 6, 23])
def test_a_class_nobody_marked_is_coming_until_its_day_is_over_at_the_club(zone, day, hour):
    there = zoneinfo.ZoneInfo(zone)
    member = prospect(trial_on=day, club__time_zone=zone)
    starts_at = dt.datetime.combine(day, dt.time(hour, 30), there)
    BookingFactory(member=member, class_session=ClassSessionFactory(club=member.club, starts_at=starts_at))
    midnight = dt.datetime.combine(day + DAY, dt.time(0), there)
    assert status_of(member, starts_at - DAY) == S.TRIAL_BOOKED
    assert status_of(member, starts_at + dt.timedelta(minutes=1)) == S.TRIAL_BOOKED
    assert status_of(member, midnight - dt.timedelta(seconds=1)) == S.TRIAL_BOOKED
    assert status_of(member, midnight) == S.TRIAL_NO_SHOW


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu"])
def test_a_class_counts_from_the_day_of_the_trials_purchase_at_the_club(zone):
    there = zoneinfo.ZoneInfo(zone)
    member = prospect(trial_on=TODAY, club__time_zone=zone)
    first = dt.datetime.combine(TODAY, dt.time(0), there)
    booking = BookingFactory(
        member=member,
        status="attended",
        class_session=ClassSessionFactory(club=member.club, starts_at=first - dt.timedelta(minutes=1)),
    )
    assert status_of(member, first + 3 * DAY) == S.LEAD
    booking.class_session.starts_at = first
    booking.class_session.save()
    assert status_of(member, first + 3 * DAY) == S.TRIAL_NO_SALE
