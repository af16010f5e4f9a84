"""Which club a word belongs to whose writer nobody knows: the one whose own number was written to."""

import json
from typing import Any

import pytest

from members.models import Club
from messaging.inbound.replies import hear as hand_on
from messaging.inbound.whatsapp import replies_from
from messaging.models import InboundMessage
from messaging.operations.replies import hear
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.messaging.inbound.payloads import payload

pytestmark = pytest.mark.django_db

STRANGER, NUMBER, OTHER = "+41790000009", "+41766000000", "+41766000001"
OWN = "phone-number-id-976c72a700aac43eaf573ae050c0ffee"
"""As the payloads name the number that was written to."""


def by_text(to: str) -> Club | None:
    told: dict[str, Any] = {"channel": "sms", "from_phone": STRANGER, "to": to, "body": "Hello?"}
    told |= {"provider_id": "in", "previous_provider_id": "", "received_at": NOW, "now": NOW}
    return hear(**told).club


def by_whatsapp(phone: str = STRANGER, name: str = "whatsapp_message") -> InboundMessage:
    (reply,) = replies_from(json.loads(payload(name, address=phone)))
    hand_on(reply, now=NOW)
    return InboundMessage.objects.get()


def test_a_text_belongs_to_the_club_whose_own_number_it_came_to() -> None:
    ClubFactory(sms_number=OTHER)
    mine = ClubFactory(sms_number=NUMBER)
    ClubFactory(sms_number="")
    assert by_text(NUMBER) == mine


def test_the_accounts_number_is_of_the_one_club_that_has_none_of_its_own() -> None:
    ClubFactory(sms_number=OTHER)
    mine = ClubFactory(sms_number="")
    assert by_text(NUMBER) == mine


@pytest.mark.parametrize("numbers", [["", ""], [NUMBER, NUMBER], [OTHER, "+41766000002"]])
def test_a_text_to_the_number_of_none_or_of_several_belongs_to_no_club(numbers: list[str]) -> None:
    for number in numbers:
        ClubFactory(sms_number=number)
    assert by_text(NUMBER) is None


@pytest.mark.parametrize("name", ["whatsapp_message", "whatsapp_button", "whatsapp_preference_stop"])
def test_what_comes_by_whatsapp_belongs_to_the_club_whose_own_number_it_is(name: str) -> None:
    ClubFactory()
    mine = ClubFactory(whatsapp_number=OWN)
    assert by_whatsapp(name=name).club == mine


@pytest.mark.parametrize("numbers", [["", ""], [OWN, OWN]])
def test_whatsapp_to_the_number_of_none_or_of_several_belongs_to_no_club(numbers: list[str]) -> None:
    for number in numbers:
        ClubFactory(whatsapp_number=number)
    assert by_whatsapp().club is None


def test_of_two_clubs_with_the_same_member_it_is_the_one_that_was_written_to() -> None:
    elsewhere = MemberFactory(phone="+41791234567")
    here = MemberFactory(phone=elsewhere.phone, club=ClubFactory(whatsapp_number=OWN))
    assert by_whatsapp(phone=here.phone).member == here
