"""Words that are done by themselves otherwise, and did nothing: they wait for a person, and say why."""

import datetime as dt
from typing import Any

import pytest

from members.models import Club, Member, Pause
from messaging.models import InboundMessage, Message, Suppression
from messaging.operations.replies import hear
from messaging.rules.replies import why_it_waits
from tests.factories import NOW, ClubFactory, ConsentRecordFactory, MemberFactory

pytestmark = pytest.mark.django_db

PHONE, STRANGER, NUMBER = "+41791234567", "+41790000009", "+41766000000"
MINUTE = dt.timedelta(minutes=1)
NOBODY = "Nobody here has this number on file, so that nothing was done."


@pytest.fixture
def club() -> Club:
    return ClubFactory(sms_number=NUMBER, locale="en_GB")


@pytest.fixture
def member(club: Club) -> Member:
    return MemberFactory(club=club, phone=PHONE)


def wrote(body: str, **changes: Any) -> InboundMessage:
    told: dict[str, Any] = {
        "channel": "sms",
        "from_phone": STRANGER,
        "to": NUMBER,
        "body": body,
        "provider_id": f"in-{InboundMessage.objects.count()}",
        "previous_provider_id": "",
        "received_at": NOW,
        "now": NOW + MINUTE,
    }
    return InboundMessage.objects.get(pk=hear(**told | changes).pk)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
@pytest.mark.parametrize(
    ("body", "taken_as"),
    [("HELP", "help"), ("AWAY 2 WEEKS", "away"), ("START", "start"), ("Stop promotions", "less")],
)
def test_a_word_from_a_number_that_nobody_has_waits(
    club: Club, channel: str, body: str, taken_as: str
) -> None:
    heard = wrote(body, channel=channel)
    assert (heard.taken_as, heard.handled_at, why_it_waits(heard)) == (taken_as, None, NOBODY)
    assert not Message.objects.exists()
    assert not Pause.objects.exists()


def test_stop_from_such_a_number_is_done_where_it_stops_something(club: Club) -> None:
    heard = wrote("STOP")
    assert (heard.handled_at, why_it_waits(heard)) == (NOW + MINUTE, "")
    assert Suppression.objects.exists()
    lifts = wrote("START", received_at=NOW + MINUTE, now=NOW + MINUTE)
    assert lifts.handled_at == NOW + MINUTE
    assert wrote("STOP", channel="whatsapp").handled_at is None


@pytest.mark.parametrize(
    ("late", "waits"),
    [(dt.timedelta(days=1), False), (dt.timedelta(days=2), True), (dt.timedelta(days=3), True)],
)
def test_days_away_that_were_over_when_heard_of_wait(member: Member, late: dt.timedelta, waits: bool) -> None:
    heard = wrote("AWAY 2 DAYS", from_phone=PHONE, now=NOW + late)
    assert (heard.handled_at is None, Pause.objects.exists()) == (waits, not waits)
    assert ("only when the days away were over" in why_it_waits(heard)) == waits


def test_help_that_may_not_be_answered_says_so(member: Member) -> None:
    ConsentRecordFactory(member=member, channel="sms")
    heard = wrote("HELP", from_phone=PHONE)
    assert heard.handled_at is None
    assert "may not be written to" in why_it_waits(heard)


def test_an_answer_needs_no_reason_to_wait(member: Member) -> None:
    assert why_it_waits(wrote("Hello", from_phone=PHONE)) == ""
