"""The start of a day worked out by the database is the one worked out in Python, wherever the club is."""

import datetime as dt
import zoneinfo

import pytest

from members.models import Member
from members.rules.days import StartOfDay, start_of_day
from tests.factories import MemberFactory


@pytest.mark.django_db
@pytest.mark.parametrize(
    "zone",
    ["UTC", "Europe/Zurich", "Pacific/Auckland", "Pacific/Honolulu", "America/Santiago", "Asia/Kathmandu"],
)
@pytest.mark.parametrize(
    "day",
    [
        dt.date(2024, 2, 29),
        dt.date(2025, 3, 30),
        dt.date(2025, 10, 26),
        dt.date(2024, 9, 8),  # Midnight does not come in Santiago.
        dt.date(2025, 9, 28),
        dt.date(1970, 1, 1),
    ],
)
def test_a_day_begins_at_the_same_instant_in_a_query(zone, day):
    MemberFactory(joined_on=day)
    there = zoneinfo.ZoneInfo(zone)
    (found,) = Member.objects.values_list(StartOfDay("joined_on", there), flat=True)
    assert found == start_of_day(day, there)


@pytest.mark.django_db
def test_without_a_day_nothing_begins():
    MemberFactory()
    assert Member.objects.get(joined_on=None)
    (found,) = Member.objects.values_list(StartOfDay("joined_on", zoneinfo.ZoneInfo("UTC")), flat=True)
    assert found is None
