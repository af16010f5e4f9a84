"""How an offer stands: good through its last day by the club's calendar; the condition in SQL says the same."""

import datetime as dt

import pytest

from members.models import Offer
from members.rules.offers import OfferState, in_state, off_in_words, state_of
from tests.factories import NOW, ClubFactory
from tests.perk_factories import OfferFactory

pytestmark = pytest.mark.django_db
LAST = dt.date(2024, 2, 29)


@pytest.mark.parametrize(
    ("today", "used", "state"),
    [
        (dt.date(2024, 2, 28), False, "open"),
        (dt.date(2024, 2, 29), False, "open"),
        (dt.date(2024, 3, 1), False, "expired"),
        (dt.date(2024, 2, 28), True, "used"),
        (dt.date(2024, 3, 1), True, "used"),
    ],
)
def test_it_is_good_through_its_last_day(today, used, state):
    offer = OfferFactory(expires_on=LAST, used_at=NOW if used else None)
    assert state_of(offer, today) == state
    found = [name for name in OfferState.values if Offer.objects.filter(in_state(name, today)).exists()]
    assert found == [state]


@pytest.mark.parametrize(
    ("zone", "is_good"), [("Pacific/Auckland", False), ("UTC", True), ("Pacific/Honolulu", True)]
)
def test_the_last_day_ends_by_the_clubs_own_calendar(zone, is_good):
    late = dt.datetime(2024, 2, 29, 23, 0, tzinfo=dt.UTC)
    club = ClubFactory(time_zone=zone)
    offer = OfferFactory(member__club=club, expires_on=LAST)
    assert (state_of(offer, club.today(late)) == OfferState.OPEN) is is_good


def test_a_discount_is_said_in_percent_or_in_money():
    club = ClubFactory(currency="USD")
    assert off_in_words(20, None, club) == "20% off"
    assert off_in_words(None, 1050, club) == "US$10.50 off"
    assert off_in_words(None, 1050, club, "EUR") == "€10.50 off"
