"""No address for the channel."""

import pytest

from members.models import Member
from messaging.gates.address import AddressGate, address_of
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("phone", "email", "without"),
    [
        ("+41791234567", "eva@mail.example", set()),
        ("", "eva@mail.example", {"sms"}),
        ("+41791234567", "", {"email"}),
        ("", "", {"sms", "email"}),
        ("+155555501", "", {"email"}),  # Kept and flagged, but an address all the same.
    ],
)
def test_it_stops_whom_the_channel_cannot_reach(phone: str, email: str, without: set[str]) -> None:
    member = MemberFactory(phone=phone, email=email)
    for channel in ("sms", "email"):
        assert Member.objects.filter(AddressGate().blocks(channel, "service")).exists() == (
            channel in without
        )
        assert bool(address_of(member, channel)) == (channel not in without)


def test_it_shows_the_address_that_it_saw() -> None:
    gate, member = AddressGate(), MemberFactory(phone="+41791234567", email="eva@mail.example")
    assert gate.seen(member, "sms", is_blocked=False) == "+41791234567"
    assert gate.seen(member, "email", is_blocked=False) == "eva@mail.example"
    assert gate.seen(member, "sms", is_blocked=True) == "none"


def test_it_flags_a_number_that_cannot_be_dialed() -> None:
    member = MemberFactory(phone="+155555501")
    assert AddressGate().seen(member, "sms", is_blocked=False) == "+155555501 (no network could connect it)"


def test_it_says_which_address_is_missing() -> None:
    assert AddressGate().text("sms") == "No phone number."
    assert AddressGate().text("email") == "No e-mail address."
