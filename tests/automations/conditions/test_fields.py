"""Each field asked of members who just fit and who just do not, the day before, on the day and the day after."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from automations.conditions import FIELDS, Asked, read
from members.models import Closure, CustomField, Member, MemberTag, Tag, Visit
from tests.factories import (
    NOW,
    AgreementFactory,
    BookingFactory,
    ClassSessionFactory,
    ConsentRecordFactory,
    MemberFactory,
    PaymentFactory,
    UserFactory,
    VisitFactory,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOW.date()


def rule(field: str, operator: str, **given: Any) -> dict[str, Any]:
    return {"match": "all", "rules": [{"field": field, "operator": operator, **given}]}


def fits(member: Member, stored: dict[str, Any], now: dt.datetime = NOW) -> bool:
    asked = Asked(member.club, now)
    return Member.objects.filter(read(stored, asked).q(asked), pk=member.pk).exists()


def test_there_are_no_two_of_a_kind_and_each_says_what_may_be_asked() -> None:
    assert len({field.kind for field in FIELDS}) == len(list(FIELDS)) > 30
    assert all(field.operators() and str(field.label) for field in FIELDS)


@pytest.mark.parametrize(
    ("field", "operator", "given", "yes", "no"),
    [
        ("membership_status", "is", {"value": "frozen"}, {"frozen": True}, {}),
        ("membership_status", "is_not", {"value": "frozen"}, {}, {"frozen": True}),
        ("membership_status", "one_of", {"value": ["frozen", "canceled"]}, {"canceled": True}, {}),
        ("membership_level", "is", {"value": "gold"}, {"membership_level": "Gold"}, {}),
        ("membership_level", "is_not", {"value": "gold"}, {}, {"membership_level": "GOLD"}),
        ("membership_level", "one_of", {"value": "Gold, Silver"}, {"membership_level": "silver"}, {}),
        ("membership_level", "contains", {"value": "ol"}, {"membership_level": "Gold"}, {}),
        ("membership_level", "contains", {"value": "%"}, {"membership_level": "50%"}, {}),
        ("membership_level", "contains", {"value": "É"}, {"membership_level": "É1"}, {}),
        ("membership_level", "empty", {}, {}, {"membership_level": "Gold"}),
        ("membership_level", "filled", {}, {"membership_level": "Gold"}, {}),
        ("is_recurring", "is", {"value": "yes"}, {"recurring": True}, {}),
        ("is_recurring", "is", {"value": "no"}, {}, {"recurring": True}),
        ("stage", "is", {"value": "trial"}, {"stage": "trial"}, {}),
        ("origin", "empty", {}, {}, {"origin": "web"}),
        ("origin", "is_not", {"value": "web"}, {}, {"origin": "web"}),
        ("has_email", "is", {"value": "no"}, {"unreachable": True}, {}),
        ("has_phone", "is", {"value": "yes"}, {}, {"unreachable": True}),
        ("age", "at_least", {"value": 18}, {"birthday_on": dt.date(2007, 9, 1)}, {"birthday_on": dt.date(2007, 9, 2)}),
        ("age", "less_than", {"value": 18}, {"birthday_on": dt.date(2007, 9, 2)}, {"birthday_on": dt.date(2007, 9, 1)}),
        ("age", "between", {"value": 18, "to": 20}, {"birthday_on": dt.date(2004, 9, 2)}, {"birthday_on": dt.date(2004, 9, 1)}),
        ("age", "at_most", {"value": 150}, {"birthday_on": dt.date(1950, 1, 1)}, {}),
        ("age", "empty", {}, {}, {"birthday_on": dt.date(1950, 1, 1)}),
        ("joined_on", "in_last", {"days": 7}, {"joined_on": TODAY - 6 * DAY}, {"joined_on": TODAY - 7 * DAY}),
        ("joined_on", "ago", {"days": 7}, {"joined_on": TODAY - 6 * DAY - DAY}, {"joined_on": TODAY - 5 * DAY}),
        ("joined_on", "is", {"value": "2025-08-01"}, {"joined_on": dt.date(2025, 8, 1)}, {"joined_on": dt.date(2025, 8, 2)}),
        ("joined_on", "before", {"value": "2025-08-01"}, {"joined_on": dt.date(2025, 7, 31)}, {"joined_on": dt.date(2025, 8, 1)}),
        ("joined_on", "since", {"value": "2025-08-01"}, {"joined_on": dt.date(2025, 8, 1)}, {"joined_on": dt.date(2025, 7, 31)}),
        ("joined_on", "between", {"value": "2025-08-01", "to": "2025-08-03"}, {"joined_on": dt.date(2025, 8, 3)}, {"joined_on": dt.date(2025, 8, 4)}),
        ("joined_on", "filled", {}, {"joined_on": TODAY}, {}),
        ("days_away", "is", {"value": 7}, {"days_away": 7}, {"days_away": 8}),
        ("days_away", "at_least", {"value": 7}, {"days_away": 7}, {"days_away": 6}),
        ("days_away", "more_than", {"value": 7}, {"days_away": 8}, {"days_away": 7}),
        ("days_away", "at_most", {"value": 7}, {"days_away": 7}, {"days_away": 8}),
        ("days_away", "at_most", {"value": 7}, {"days_away": 0}, {}),
        ("days_away", "less_than", {"value": 7}, {"days_away": 6}, {"days_away": 7}),
        ("days_away", "at_least", {"value": 0}, {"days_away": 0}, {}),
        ("days_away", "between", {"value": 5, "to": 7}, {"days_away": 5}, {"days_away": 4}),
        ("days_away", "empty", {}, {}, {"days_away": 5}),
        ("last_visit", "in_last", {"days": 7}, {"days_away": 6}, {"days_away": 7}),
        ("last_visit", "ago", {"days": 7}, {"days_away": 7}, {"days_away": 6}),
        ("last_visit", "empty", {}, {}, {"days_away": 7}),
    ],
)  # fmt: skip
def test_what_the_members_own_row_says(
    field: str, operator: str, given: dict[str, Any], yes: dict[str, Any], no: dict[str, Any]
) -> None:
    stored = rule(field, operator, **given)
    assert fits(MemberFactory(**yes), stored)
    assert not fits(MemberFactory(**no), stored)


def test_nobody_is_away_for_less_than_no_day_at_all() -> None:
    assert not fits(MemberFactory(days_away=0), rule("days_away", "less_than", value=0))


@pytest.mark.parametrize(
    ("born", "now", "years"),
    [
        (dt.date(2004, 2, 29), dt.datetime(2025, 2, 27, 12, tzinfo=dt.UTC), 20),
        (dt.date(2004, 2, 29), dt.datetime(2025, 2, 28, 12, tzinfo=dt.UTC), 21),
        (dt.date(2004, 2, 29), dt.datetime(2024, 2, 28, 12, tzinfo=dt.UTC), 19),
        (dt.date(2004, 2, 29), dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC), 20),
        (dt.date(2004, 12, 31), dt.datetime(2025, 12, 30, 12, tzinfo=dt.UTC), 20),
        (dt.date(2004, 12, 31), dt.datetime(2025, 12, 31, 12, tzinfo=dt.UTC), 21),
    ],
)
def test_a_leap_days_birthday_is_the_last_of_february_in_other_years(
    born: dt.date, now: dt.datetime, years: int
) -> None:
    assert fits(MemberFactory(birthday_on=born), rule("age", "is", value=years), now)


@pytest.mark.parametrize(
    ("zone", "now", "visit", "is_in"),
    [
        # A day of the club's own zone, before and after midnight there.
        ("Pacific/Auckland", "2025-09-01T11:59", "2025-08-31T12:01", True),
        ("Pacific/Auckland", "2025-09-01T11:59", "2025-08-31T11:59", False),
        ("Pacific/Honolulu", "2025-09-01T10:01", "2025-09-01T10:00", True),
        ("Pacific/Honolulu", "2025-09-01T10:01", "2025-09-01T09:59", False),
        # The nights on which clocks change.
        ("Europe/Zurich", "2025-03-30T12:00", "2025-03-29T23:00", True),
        ("Europe/Zurich", "2025-03-30T12:00", "2025-03-29T22:59", False),
        ("Europe/Zurich", "2025-10-26T12:00", "2025-10-25T22:00", True),
        ("Europe/Zurich", "2025-10-26T12:00", "2025-10-25T21:59", False),
    ],
)
def test_the_last_day_is_the_clubs_own(zone: str, now: str, visit: str, is_in: bool) -> None:
    at, came = (dt.datetime.fromisoformat(one).replace(tzinfo=dt.UTC) for one in (now, visit))
    member = MemberFactory(club__time_zone=zone, last_attended_at=came)
    VisitFactory(member=member, attended_at=came)
    assert fits(member, rule("last_visit", "in_last", days=1), at) is is_in
    assert fits(member, rule("visits", "is", value=1, days=1), at) is is_in


def test_days_on_which_the_club_was_shut_do_not_count_as_away() -> None:
    member = MemberFactory(days_away=9)
    assert fits(member, rule("days_away", "is", value=9))
    Closure.objects.create(club=member.club, starts_on=TODAY - 5 * DAY, reopens_on=TODAY - 3 * DAY)
    assert fits(member, rule("days_away", "is", value=7))


def test_visits_count_once_also_the_last_that_only_a_file_told_of() -> None:
    member = MemberFactory(days_away=2)
    assert fits(member, rule("visits", "is", value=1, days=30))
    Visit.objects.create(member=member, attended_at=member.last_attended_at)
    Visit.objects.create(member=member, attended_at=NOW - 30 * DAY)
    assert fits(member, rule("visits", "is", value=1, days=30))
    assert fits(member, rule("visits", "at_least", value=2, days=31))
    assert fits(MemberFactory(), rule("visits", "at_most", value=0, days=30))


def test_who_trains_somebody_is_known_by_the_login() -> None:
    anna = UserFactory(username="anna")
    member = MemberFactory(trainer=anna)
    assert fits(member, rule("trainer", "is", value="anna"))
    assert fits(member, rule("trainer", "one_of", value=["ben", "anna"]))
    assert fits(MemberFactory(), rule("trainer", "is_not", value="anna"))
    assert fits(MemberFactory(), rule("trainer", "empty"))


def test_agreements_fit_if_any_of_them_does_and_not_if_none_does() -> None:
    member = MemberFactory()
    assert fits(member, rule("has_agreement", "is", value="no"))
    assert fits(member, rule("agreement_status", "is_not", value="active"))
    AgreementFactory(member=member, expired=True, sessions_bought=10, sessions_left=4)
    running = AgreementFactory(
        member=member, name="Monthly", ends_on=TODAY + 14 * DAY, sessions_bought=10, sessions_left=3
    )
    for stored in (
        rule("agreement_status", "is", value="active"),
        rule("agreement_status", "is", value="inactive"),
        rule("agreement_status", "is_not", value="collections"),
        rule("agreement_plan", "contains", value="month"),
        rule("agreement_ends", "in_next", days=14),
        rule("agreement_bought", "is", value="2025-08-01"),
        rule("sessions_left", "is", value=3),
        rule("agreement_suspended", "is", value="no"),
        rule("has_trial", "is", value="no"),
    ):
        assert fits(member, stored), stored
    assert not fits(member, rule("agreement_ends", "in_next", days=13))
    assert not fits(member, rule("agreement_status", "is_not", value="active"))
    running.is_suspended, running.is_trial = True, False
    running.save()
    assert fits(member, rule("agreement_suspended", "is", value="yes"))
    AgreementFactory(member=member, ends_on=None)
    assert fits(member, rule("agreement_ends", "empty"))


def test_bookings_of_canceled_classes_count_for_nothing() -> None:
    member = MemberFactory()
    shut = ClassSessionFactory(club=member.club, is_canceled=True)
    BookingFactory(member=member, class_session=shut)
    assert fits(member, rule("has_booked", "is", value="no"))
    assert fits(member, rule("next_class", "empty"))
    BookingFactory(member=member, booked_at=NOW - DAY)
    assert fits(member, rule("has_booked", "is", value="yes"))
    assert fits(member, rule("next_class", "is", value="2025-09-01"))
    assert fits(member, rule("bookings", "is", value=1, days=2))
    assert fits(member, rule("bookings", "is", value=0, days=1))
    past = ClassSessionFactory(club=member.club, starts_at=NOW - 3 * DAY)
    BookingFactory(member=member, class_session=past, status="no_show")
    assert fits(member, rule("no_shows", "is", value=1, days=4))
    assert fits(member, rule("no_shows", "is", value=0, days=3))
    assert fits(member, rule("canceled_bookings", "is", value=0, days=30))


def test_what_is_owed_is_counted_once_and_in_the_clubs_money() -> None:
    member = MemberFactory(club__currency="USD")
    agreement = AgreementFactory(member=member)
    PaymentFactory(agreement=agreement)
    PaymentFactory(agreement=agreement, currency="EUR")
    PaymentFactory(agreement=agreement, due_on=TODAY)
    assert fits(member, rule("amount_owed", "is", value="40.00"))
    assert fits(member, rule("overdue_since", "ago", days=1))
    agreement.past_due = 1250
    agreement.save()
    assert fits(member, rule("amount_owed", "is", value="12.5"))
    PaymentFactory(agreement=agreement, status="paid", paid_at=NOW - DAY, amount=999)
    PaymentFactory(agreement=agreement, status="failed", due_on=TODAY - DAY)
    assert fits(member, rule("amount_paid", "between", value="9.99", to="9.99", days=2))
    assert fits(member, rule("failed_payments", "is", value=1, days=2))
    assert fits(member, rule("failed_payments", "is", value=0, days=1))


def test_consent_to_offers_is_the_latest_word_that_concerns_them() -> None:
    member = MemberFactory()
    ConsentRecordFactory(member=member, category="service")
    assert fits(member, rule("consent_sms", "is", value="nothing"))
    ConsentRecordFactory(member=member, category="marketing")
    assert fits(member, rule("consent_sms", "is", value="opted_out"))


def test_consent_is_the_latest_word() -> None:
    member = MemberFactory()
    assert fits(member, rule("consent_sms", "is", value="nothing"))
    ConsentRecordFactory(member=member)
    assert fits(member, rule("consent_sms", "is", value="opted_out"))
    assert fits(member, rule("consent_email", "is", value="nothing"))
    ConsentRecordFactory(member=member, is_granted=True, recorded_at=NOW)
    assert fits(member, rule("consent_sms", "is", value="agreed"))


@pytest.mark.parametrize(
    ("type", "value", "operator", "given", "is_so"),
    [
        ("text", "Red", "is", {"value": "red"}, True),
        ("text", "Red", "is_not", {"value": "red"}, False),
        ("text", 7, "is_not", {"value": "red"}, True),
        ("text", None, "empty", {}, True),
        ("number", 42, "at_least", {"value": 42}, True),
        ("number", 41.5, "at_least", {"value": 42}, False),
        ("number", "42", "at_least", {"value": 1}, False),
        ("number", "abc", "empty", {}, True),
        ("number", True, "at_least", {"value": 0}, False),
        ("truth", True, "is", {"value": "yes"}, True),
        ("truth", "true", "is", {"value": "yes"}, False),
        ("truth", None, "is", {"value": "no"}, True),
        ("day", "2025-09-01", "in_last", {"days": 1}, True),
        ("day", "2025-08-31", "in_last", {"days": 1}, False),
        ("day", "2025-08-31", "before", {"value": "2025-09-01"}, True),
        ("day", None, "empty", {}, True),
    ],
)
def test_the_clubs_own_fields_are_read_by_their_type(
    type: str, value: Any, operator: str, given: dict[str, Any], is_so: bool
) -> None:
    member = MemberFactory(custom={} if value is None else {"size": value, "other": 1})
    CustomField.objects.create(club=member.club, name="size", label="Size", type=type)
    assert fits(member, rule("custom.size", operator, **given)) is is_so


def test_a_tag_is_borne_or_not_and_must_be_one_of_the_clubs() -> None:
    member = MemberFactory()
    tag = Tag.objects.create(club=member.club, name="VIP")
    assert fits(member, rule("tag", "is_not", value="VIP"))
    MemberTag.objects.create(member=member, tag=tag, tagged_at=NOW)
    assert fits(member, rule("tag", "is", value="VIP"))
    assert not fits(MemberFactory(club=member.club), rule("tag", "is", value="VIP"))
    with pytest.raises(ValidationError, match="There is no tag “VPI”"):
        read(rule("tag", "is", value="VPI"), Asked(member.club, NOW), is_to_be_saved=True)


def test_the_risk_is_the_one_last_worked_out() -> None:
    assert fits(MemberFactory(retention_risk=0.7), rule("retention_risk", "at_least", value=0.7))
    assert not fits(MemberFactory(retention_risk=0.69), rule("retention_risk", "at_least", value=0.7))
