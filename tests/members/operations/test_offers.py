"""An offer is made once per cause, with a code of its own, and used once."""

import datetime as dt

import pytest

from members.models import Offer
from members.operations import offers
from members.operations.offers import OfferMoved, make_offers, new_code, take_back_use, use_offer
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.perk_factories import OfferFactory

pytestmark = pytest.mark.django_db
SOON = dt.date(2025, 9, 15)


def made(club, causes, **changes):
    asked = {"what": "your next month", "percent": 20, "amount": None, "expires_on": SOON, "now": NOW}
    return make_offers(club=club, causes=causes, **asked | changes)


def test_each_cause_makes_one_offer_in_the_order_asked_for():
    club = ClubFactory()
    one, two = MemberFactory.create_batch(2, club=club)
    first = made(club, [(two, "a"), (one, "a"), (one, "b")])
    assert [(offer.member, offer.cause) for offer in first] == [(two, "a"), (one, "a"), (one, "b")]
    assert made(club, [(two, "a"), (one, "a"), (one, "b")], percent=50) == first
    assert set(Offer.objects.values_list("percent", flat=True)) == {20}


def test_an_amount_is_in_the_money_of_the_club():
    club = ClubFactory(currency="CHF")
    (offer,) = made(club, [(MemberFactory(club=club), "a")], percent=None, amount=1000)
    assert (offer.amount, offer.currency, offer.percent) == (1000, "CHF", None)


def test_a_code_that_somebody_has_already_is_drawn_again(monkeypatch):
    taken = OfferFactory(code="AAAA-AAAA")
    codes = iter(["AAAA-AAAA", "BBBB-BBBB"])
    monkeypatch.setattr(offers, "new_code", lambda: next(codes))
    (offer,) = made(taken.club, [(taken.member, "a")])
    assert offer.code == "BBBB-BBBB"


def test_codes_are_read_aloud_without_mistakes():
    code = new_code()
    assert len(code) == 9
    assert not set(code) & set("0O1IL")


def test_an_offer_is_used_once():
    offer = OfferFactory()
    assert use_offer(offer_id=offer.pk, now=NOW).used_at == NOW
    with pytest.raises(OfferMoved):
        use_offer(offer_id=offer.pk, now=NOW + dt.timedelta(hours=1))
    assert Offer.objects.get().used_at == NOW


def test_what_was_marked_by_mistake_is_taken_back_once():
    offer = OfferFactory(used_at=NOW)
    assert take_back_use(offer_id=offer.pk).used_at is None
    with pytest.raises(OfferMoved):
        take_back_use(offer_id=offer.pk)


def test_many_cost_as_many_queries_as_one(django_assert_num_queries):
    club = ClubFactory()
    members = MemberFactory.create_batch(20, club=club)
    for some in (members[:1], members[1:]):
        with django_assert_num_queries(5):
            made(club, [(member, "a") for member in some])
