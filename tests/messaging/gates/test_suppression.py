"""Addresses on the club's suppression list."""

import pytest

from members.models import Member
from messaging.gates.suppression import SuppressionGate
from messaging.models import Suppression
from tests.factories import NOW, ClubFactory, MemberFactory, SuppressionFactory

pytestmark = pytest.mark.django_db


def is_stopped(member: Member, channel: str) -> bool:
    return Member.objects.filter(SuppressionGate().blocks(channel, "service"), pk=member.pk).exists()


def test_it_stops_an_address_on_the_list_for_that_channel_only() -> None:
    member = MemberFactory()
    SuppressionFactory(club=member.club, channel="sms", address=member.phone)
    assert is_stopped(member, "sms")
    assert not is_stopped(member, "email")


def test_the_list_is_the_clubs_own() -> None:
    member = MemberFactory()
    SuppressionFactory(club=ClubFactory(), address=member.phone)
    assert not is_stopped(member, "sms")


def test_it_stops_everyone_who_has_the_address() -> None:
    club = ClubFactory()
    family = [MemberFactory(club=club, email="home@mail.example") for _ in range(2)]
    SuppressionFactory(club=club, channel="email", address="home@mail.example")
    assert [is_stopped(member, "email") for member in family] == [True, True]


@pytest.mark.parametrize(
    ("hers", "listed"), [("Eva@Mail.Example", "eva@mail.example"), ("eva@mail.example", "EVA@mail.example")]
)
def test_capital_letters_make_no_other_address(hers: str, listed: str) -> None:
    member = MemberFactory(email=hers)
    SuppressionFactory(club=member.club, channel="email", address=listed)
    assert is_stopped(member, "email")
    assert Suppression.objects.get().address == "eva@mail.example"


def test_a_member_without_an_address_is_not_on_the_list() -> None:
    member = MemberFactory(phone="")
    Suppression.objects.create(
        club=member.club, channel="sms", address="+4179", cause="by_hand", suppressed_at=NOW
    )
    assert not is_stopped(member, "sms")
