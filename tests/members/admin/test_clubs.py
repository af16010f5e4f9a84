"""The club's page: the price of a text is typed as a price and kept exactly."""

import pytest
from django.urls import reverse

from tests.factories import ClubFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db


def page(club):
    return reverse("admin:members_club_change", args=[club.pk])


def typed(club, price):
    return {
        "name": club.name,
        "time_zone": "UTC",
        "locale": "en_US",
        "currency": "USD",
        "booking_link": club.booking_link,
        "sender_name": "",
        "sender_email": club.sender_email,
        "sms_sender": "",
        "sms_part_price": price,
        "email_price": price,
        "whatsapp_price": price,
        "send_from": "08:00",
        "send_until": "20:00",
        "daily_check_at": "04:00",
        "cap_messages": "3",
        "cap_days": "7",
    }


@pytest.fixture
def club(client):
    club = ClubFactory(locale="en_US")
    client.force_login(staff_of(club, permissions=("members.view_club", "members.change_club")))
    return club


@pytest.mark.parametrize(
    ("price", "kept", "shown"),
    [
        ("0.00645", 6450, "0.00645"),
        ("0.1", 100_000, "0.1"),
        ("1000", 1_000_000_000, "1000"),
        ("0.000001", 1, "0.000001"),
        ("0", 0, ""),
        ("", 0, ""),
    ],
)
def test_a_price_is_kept_exactly_as_it_was_typed(client, club, price, kept, shown):
    assert client.post(page(club), typed(club, price)).status_code == 302
    club.refresh_from_db()
    form = client.get(page(club)).context["adminform"].form
    for name in ("sms_part_price", "email_price", "whatsapp_price"):
        assert getattr(club, name) == kept
        assert form[name].value() == shown


@pytest.mark.parametrize("price", ["-1", "x", "0.0000001", "1000.5", "NaN"])
def test_what_is_no_price_is_refused_where_it_stands_and_stays_typed(client, club, price):
    response = client.post(page(club), typed(club, price))
    assert "sms_part_price" in response.context["adminform"].form.errors
    assert f'value="{price}"' in response.content.decode()
    club.refresh_from_db()
    assert club.sms_part_price == 0


def test_a_price_that_stays_is_no_change(client, club):
    club.sms_part_price = 6450
    club.save()
    field = client.get(page(club)).context["adminform"].form.fields["sms_part_price"]
    assert not field.has_changed(6450, "0.006450")
    assert not field.has_changed(0, "")
    assert field.has_changed(6450, "0.0065")


@pytest.mark.parametrize(("price", "words"), [(6450, "$0.00645"), (0, "not set")])
def test_whoever_may_only_look_reads_it_as_money(client, club, price, words):
    club.sms_part_price = price
    club.save()
    client.force_login(staff_of(club, permissions=("members.view_club",)))
    assert words in client.get(page(club)).content.decode()


def test_prices_of_e_mails_are_dollars_whatever_the_club_counts_in(client, club):
    type(club).objects.update(currency="CHF", email_price=100)
    client.force_login(staff_of(club, permissions=("members.view_club",)))
    assert "$0.0001" in client.get(page(club)).content.decode()
