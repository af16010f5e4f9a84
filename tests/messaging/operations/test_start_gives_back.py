"""START from a phone that several share: each gets back what its STOP took, and nobody anything that they had not."""

import datetime as dt
from typing import Any

import pytest

from members.models import Club, Member
from messaging.gates import blocked
from messaging.models import Category, InboundMessage
from messaging.operations.replies import hear
from tests.factories import NOW, ClubFactory, ConsentRecordFactory, MemberFactory, MessageFactory

pytestmark = pytest.mark.django_db

PHONE, NUMBER = "+41791234567", "+41766000000"
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@pytest.fixture
def club() -> Club:
    return ClubFactory(sms_number=NUMBER, locale="en_GB")


@pytest.fixture
def relative(club: Club) -> Member:
    """Who was never written to, so that what comes from the phone is not hers."""
    return MemberFactory(club=club, phone=PHONE)


@pytest.fixture
def writer(club: Club) -> Member:
    member = MemberFactory(club=club, phone=PHONE)
    for channel in ("sms", "whatsapp"):
        MessageFactory(member=member, channel=channel, address=PHONE, status="sent", sent_at=NOW - DAY)
    return member


def wrote(*words: str, channel: str = "sms", **more: Any) -> None:
    for n, body in enumerate(words):
        hear(
            **{
                "channel": channel,
                "from_phone": PHONE,
                "to": NUMBER,
                "body": body,
                "provider_id": f"in-{InboundMessage.objects.count()}",
                "previous_provider_id": "",
                "received_at": NOW + n * MINUTE,
                "now": NOW + (n + 1) * MINUTE,
                **more,
            }
        )


def open_to(member: Member, channel: str) -> set[str]:
    return {one for one in Category.values if not blocked(channel, one, {member.pk})}


BOTH, NONE = set(Category.values), set[str]()
OFFERS, SERVICE = {"marketing"}, {"service"}


@pytest.mark.parametrize(
    ("channel", "before", "after"),
    [
        # By text whoever said nothing may be written to; by WhatsApp only who agreed.
        ("sms", [], BOTH),
        ("whatsapp", [], NONE),
        ("sms", [("", True)], BOTH),
        ("whatsapp", [("", True)], BOTH),
        ("whatsapp", [("service", True)], SERVICE),
        ("sms", [("", False)], NONE),
        ("sms", [("marketing", False)], SERVICE),
        ("whatsapp", [("", True), ("marketing", False)], SERVICE),
        ("whatsapp", [("", False), ("marketing", True)], OFFERS),
    ],
)
def test_a_relative_has_what_stood_before_the_stop(
    relative: Member, writer: Member, channel: str, before: list[tuple[str, bool]], after: set[str]
) -> None:
    for n, (category, is_granted) in enumerate(before):
        ConsentRecordFactory(
            member=relative,
            channel=channel,
            category=category,
            is_granted=is_granted,
            recorded_at=NOW - (9 - n) * DAY,
        )
    wrote("STOP", "stop", channel=channel)
    assert (open_to(relative, channel), open_to(writer, channel)) == (NONE, NONE)
    wrote("START", channel=channel, received_at=NOW + 5 * MINUTE, now=NOW + 6 * MINUTE)
    assert (open_to(relative, channel), open_to(writer, channel)) == (after, BOTH)


def test_stopping_and_starting_again_and_again_gives_nothing_more(relative: Member, writer: Member) -> None:
    ConsentRecordFactory(
        member=relative, channel="sms", category="marketing", is_granted=False, recorded_at=NOW - DAY
    )
    wrote("STOP", "START", "STOP", "START")
    assert open_to(relative, "sms") == SERVICE
    assert open_to(writer, "sms") == BOTH


def test_what_a_relative_said_elsewhere_since_stays(relative: Member, writer: Member) -> None:
    wrote("STOP")
    ConsentRecordFactory(member=relative, channel="sms", is_granted=False, recorded_at=NOW + MINUTE)
    wrote("START", received_at=NOW + 2 * MINUTE, now=NOW + 3 * MINUTE)
    assert (open_to(relative, "sms"), open_to(writer, "sms")) == (NONE, BOTH)


@pytest.mark.parametrize(("agreed", "after"), [(True, BOTH), (False, NONE)])
def test_offers_that_were_stopped_in_whatsapp_come_back_to_whoever_had_agreed(
    relative: Member, writer: Member, agreed: bool, after: set[str]
) -> None:
    if agreed:
        ConsentRecordFactory(member=relative, channel="whatsapp", is_granted=True, recorded_at=NOW - DAY)
    wrote("", channel="whatsapp", taken_as=InboundMessage.TakenAs.NO_OFFERS, is_setting=True)
    assert open_to(relative, "whatsapp") == (SERVICE if agreed else NONE)
    wrote(
        "",
        channel="whatsapp",
        taken_as=InboundMessage.TakenAs.OFFERS,
        is_setting=True,
        received_at=NOW + MINUTE,
    )
    assert open_to(relative, "whatsapp") == after


@pytest.mark.parametrize("body", ["REMOVE", "td", "Opt-out", "OPTOUT", "Désinscrire"])
def test_the_carriers_other_words_stop_as_well(writer: Member, body: str) -> None:
    wrote(body)
    assert InboundMessage.objects.get().taken_as == "stop"
    assert open_to(writer, "sms") == NONE


@pytest.mark.parametrize(
    "body",
    ["away until 99999999999999999999 may", "away 99999999999999999999 weeks", "AWAY until 3 may 0000"],
)
def test_days_that_no_calendar_has_are_an_answer_for_a_person(writer: Member, body: str) -> None:
    wrote(body)
    heard = InboundMessage.objects.get()
    assert (heard.taken_as, heard.body, heard.handled_at) == ("reply", body, None)


def test_half_a_character_loses_nothing_but_itself(writer: Member) -> None:
    wrote("See you \ud83d then")
    assert InboundMessage.objects.get().body == "See you ? then"
