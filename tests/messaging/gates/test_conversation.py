"""WhatsApp without an approved template: only to a phone that wrote within the day."""

import datetime as dt
from typing import Any

import pytest

from messaging.gates import Skip, ask
from messaging.gates.conversation import ConversationGate
from messaging.models import Message
from tests.factories import NOW, ConsentRecordFactory, MemberFactory, MessageFactory, MessageTemplateFactory
from tests.reply_factories import InboundMessageFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(hours=24)


def message(approved: str = "", **fields: Any) -> Message:
    member = MemberFactory()
    ConsentRecordFactory(member=member, channel="whatsapp", is_granted=True)
    template = MessageTemplateFactory(club=member.club, channel="whatsapp", whatsapp_template=approved)
    return MessageFactory(member=member, template=template, channel="whatsapp", **fields)


def test_an_approved_template_needs_no_conversation() -> None:
    assert ask([message("we_missed_you")], NOW) == {}


def test_to_whom_has_not_written_nothing_unapproved_is_sent() -> None:
    mine = message()
    assert ask([mine], NOW) == {mine.pk: Skip("no_conversation")}


@pytest.mark.parametrize(("ago", "leaves"), [(DAY - dt.timedelta(minutes=1), True), (DAY, False)])
def test_a_conversation_lasts_for_a_day(ago: dt.timedelta, leaves: bool) -> None:
    mine = message()
    InboundMessageFactory(member=mine.member, channel="whatsapp", received_at=NOW - ago)
    assert (mine.pk not in ask([mine], NOW)) is leaves


def test_a_text_another_phone_or_a_choice_in_the_settings_opens_none() -> None:
    mine = message()
    InboundMessageFactory(member=mine.member, channel="sms", received_at=NOW)
    InboundMessageFactory(channel="whatsapp", received_at=NOW)
    # Chosen in the settings, where nobody wrote.
    InboundMessageFactory(member=mine.member, channel="whatsapp", received_at=NOW, taken_as="more")
    assert ask([mine], NOW) == {mine.pk: Skip("no_conversation")}


def test_it_asks_once_for_all(django_assert_num_queries: Any) -> None:
    messages = [message() for _ in range(5)]
    for batch in (messages[:1], messages):
        with django_assert_num_queries(1):
            ConversationGate().verdicts(batch, NOW)


def test_what_needs_no_conversation_is_not_asked_about(django_assert_num_queries: Any) -> None:
    messages = [message("we_missed_you"), MessageFactory()]
    with django_assert_num_queries(0):
        assert ConversationGate().verdicts(messages, NOW) == {}
