"""What can only be a slip of the keyboard is refused where it is typed, with a sentence."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from members.operations.visits import record_visit
from messaging.models import Suppression
from tests.factories import NOW, ClosureFactory, ClubFactory, MemberFactory, SuppressionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("starts_on", "reopens_on"),
    [("0001-01-01", "2100-01-01"), ("2025-01-01", "9999-12-31"), ("2025-01-01", "2027-01-04")],
)
def test_a_closure_of_centuries_is_refused(starts_on, reopens_on):
    first, end = map(dt.date.fromisoformat, (starts_on, reopens_on))
    with pytest.raises(ValidationError):
        ClosureFactory(starts_on=first, reopens_on=end).full_clean()


def test_a_closure_of_a_year_is_fine():
    ClosureFactory(starts_on=dt.date(2025, 1, 1), reopens_on=dt.date(2026, 1, 1)).full_clean()


@pytest.mark.parametrize("field", ["last_attended_at", "joined_on", "birthday_on"])
@pytest.mark.parametrize(
    ("day", "is_fine"),
    [
        (dt.date(1899, 12, 31), False),
        (dt.date(1900, 1, 2), True),
        (NOW.date() - DAY, True),
        (NOW.date(), True),
        (NOW.date() + DAY, False),
    ],
)
def test_a_members_dates_lie_between_1900_and_today(field, day, is_fine):
    value = dt.datetime.combine(day, dt.time(12), dt.UTC) if field == "last_attended_at" else day
    member = MemberFactory(**{field: value})
    if is_fine:
        member.full_clean()
    else:
        with pytest.raises(ValidationError, match="between 1900 and today"):
            member.full_clean()


def test_an_old_page_cannot_take_back_a_visit():
    member = MemberFactory(days_away=9)
    record_visit(member_id=member.pk, attended_at=NOW - DAY, now=NOW)
    with pytest.raises(ValidationError, match="A later visit is recorded"):
        member.full_clean()
    member.refresh_from_db()
    member.full_clean()


def test_a_time_zone_that_no_database_knows_is_refused():
    with pytest.raises(ValidationError, match="is no time zone"):
        ClubFactory(time_zone="right/Europe/Zurich").full_clean()


@pytest.mark.parametrize(
    ("channel", "typed", "kept"),
    [("sms", " +41 79 123-45 67", "+41791234567"), ("email", "Jo@Mail.Example ", "jo@mail.example")],
)
def test_a_suppressed_address_takes_the_form_in_which_members_have_it(channel, typed, kept):
    suppression = SuppressionFactory.build(club=ClubFactory(), channel=channel, address=typed)
    suppression.full_clean()
    suppression.save()
    assert Suppression.objects.get().address == kept
    again = SuppressionFactory.build(club=suppression.club, channel=channel, address=typed.upper())
    with pytest.raises(ValidationError, match="already on the list"):
        again.full_clean()


@pytest.mark.parametrize(
    ("channel", "typed"), [("sms", "079 123 45 67"), ("sms", "jo@x.example"), ("email", "+41791234567")]
)
def test_an_address_that_would_block_nobody_is_refused(channel, typed):
    with pytest.raises(ValidationError):
        SuppressionFactory.build(club=ClubFactory(), channel=channel, address=typed).full_clean()
