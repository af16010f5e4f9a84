"""Offers in the admin: made by hand with a code, marked used once, found by how they stand."""

import datetime as dt

import pytest
from django.urls import reverse

from members.models import Offer
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.members.admin.world import staff_of
from tests.perk_factories import OfferFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
LIST = reverse("admin:members_offer_changelist")
ADD = reverse("admin:members_offer_add")


def deed(offer, name):
    return reverse("admin:members_offer_deed", args=[offer.pk, name])


def new(member, **changes):
    return {
        "member": member.pk,
        "what": "your next month",
        "percent": "20",
        "amount": "",
        "expires_on": "2025-09-30",
    } | changes


def test_one_made_by_hand_gets_a_code(admin_client):
    member = MemberFactory()
    assert admin_client.post(ADD, new(member)).status_code == 302
    offer = Offer.objects.get()
    assert (offer.club, offer.percent, offer.amount, offer.made_at) == (member.club, 20, None, NOW)
    assert len(offer.code) == 9


def test_an_amount_is_typed_as_money(admin_client):
    member = MemberFactory(club=ClubFactory(currency="EUR"))
    assert admin_client.post(ADD, new(member, percent="", amount="12.50")).status_code == 302
    offer = Offer.objects.get()
    assert (offer.amount, offer.currency) == (1250, "EUR")


@pytest.mark.parametrize(
    "changes",
    [
        {"percent": "", "amount": ""},
        {"percent": "20", "amount": "5"},
        {"percent": "0"},
        {"percent": "101"},
        {"expires_on": "2025-08-31"},
        {"percent": "", "amount": "0"},
    ],
)
def test_what_is_no_offer_is_refused_with_a_word(changes, admin_client):
    answer = admin_client.post(ADD, new(MemberFactory(), **changes))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert not Offer.objects.exists()


def test_it_is_marked_used_by_one_press_and_a_second_says_so(admin_client):
    offer = OfferFactory()
    assert admin_client.get(deed(offer, "use")).status_code == 200
    assert not Offer.objects.get().used_at
    said = [str(*admin_client.post(deed(offer, "use"), follow=True).context["messages"]) for _ in range(2)]
    assert said == ["Marked as used.", "Nothing was changed: somebody was faster."]
    assert Offer.objects.get().used_at == NOW


def test_a_mistake_is_taken_back(admin_client):
    offer = OfferFactory(used_at=NOW)
    admin_client.post(deed(offer, "unuse"))
    assert Offer.objects.get().used_at is None


def test_an_expired_one_may_be_honored_and_the_dialog_says_that_it_is(admin_client):
    offer = OfferFactory(expires_on=NOW.date() - dt.timedelta(days=1))
    assert "It has expired" in admin_client.get(deed(offer, "use")).content.decode()
    admin_client.post(deed(offer, "use"))
    assert Offer.objects.get().used_at == NOW


@pytest.mark.parametrize("method", ["get", "post"])
def test_marking_needs_its_permission_and_the_own_club(method, client):
    offer = OfferFactory()
    client.force_login(staff_of(offer.club, permissions=["members.view_offer"]))
    assert getattr(client, method)(deed(offer, "use")).status_code == 403
    client.force_login(staff_of(ClubFactory()))
    assert getattr(client, method)(deed(offer, "use")).status_code == 404
    assert not Offer.objects.get().used_at


def test_the_list_finds_them_by_how_they_stand_and_by_code(admin_client):
    is_open = OfferFactory(code="OPEN-0001")
    used = OfferFactory(used_at=NOW)
    expired = OfferFactory(expires_on=NOW.date() - dt.timedelta(days=1))
    for state, offer in (("open", is_open), ("used", used), ("expired", expired)):
        assert list(admin_client.get(LIST, {"state": state}).context["cl"].result_list) == [offer]
    assert list(admin_client.get(LIST, {"q": "open-0001"}).context["cl"].result_list) == [is_open]


def test_what_was_promised_is_not_edited(admin_client):
    offer = OfferFactory()
    page = reverse("admin:members_offer_change", args=[offer.pk])
    assert admin_client.post(page, new(offer.member, percent="90")).status_code == 403
    assert Offer.objects.get().percent == 20
