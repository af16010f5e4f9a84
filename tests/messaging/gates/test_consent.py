"""The member's latest word on the channel decides."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Member
from messaging.gates import MemberGates, blocked
from messaging.gates.consent import ConsentGate
from messaging.models import Category, Channel
from messaging.operations.consents import standing_words
from tests.factories import (
    NOW,
    ClubFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("words", "opted_out"),
    [([], False), ([True], False), ([False], True), ([False, True], False), ([True, False], True)],
)
def test_her_latest_word_counts(words: list[bool], opted_out: bool) -> None:
    member = MemberFactory()
    for days, granted in enumerate(words):
        ConsentRecordFactory(member=member, is_granted=granted, recorded_at=NOW + dt.timedelta(days=days))
    ConsentRecordFactory()
    stopped = Member.objects.filter(ConsentGate().blocks("sms", "marketing"))
    assert stopped.filter(pk=member.pk).exists() == opted_out


def test_of_two_words_at_the_same_instant_the_later_written_counts() -> None:
    member = MemberFactory()
    ConsentRecordFactory(member=member, is_granted=True)
    ConsentRecordFactory(member=member, is_granted=False)
    assert list(Member.objects.filter(ConsentGate().blocks("sms", "marketing"))) == [member]


def test_a_word_written_down_later_about_an_earlier_day_does_not_count() -> None:
    member = MemberFactory()
    ConsentRecordFactory(member=member, is_granted=True, recorded_at=NOW)
    ConsentRecordFactory(member=member, is_granted=False, recorded_at=NOW - dt.timedelta(days=1))
    assert not Member.objects.filter(ConsentGate().blocks("sms", "marketing")).exists()


def test_a_no_to_one_channel_leaves_the_other() -> None:
    ConsentRecordFactory(channel="email")
    assert Member.objects.filter(ConsentGate().blocks("email", "marketing")).exists()
    assert not Member.objects.filter(ConsentGate().blocks("sms", "marketing")).exists()
    assert ConsentGate().text("email") == "Opted out of e-mails."
    assert ConsentGate().text("sms") == "Opted out of texts."


Said = list[tuple[str, bool]]


@pytest.mark.parametrize(
    ("said", "stopped"),
    [
        ([], set()),
        ([("", False)], {"marketing", "service"}),
        ([("marketing", False)], {"marketing"}),
        ([("service", False)], {"service"}),
        ([("", False), ("service", True)], {"marketing"}),
        ([("marketing", False), ("", True)], set()),
        ([("marketing", True), ("", False)], {"marketing", "service"}),
        ([("marketing", False), ("service", True)], {"marketing"}),
    ],
)
def test_of_the_words_that_concern_a_category_the_latest_counts(said: Said, stopped: set[str]) -> None:
    member = MemberFactory()
    for days, (category, granted) in enumerate(said):
        at = NOW + dt.timedelta(days=days)
        ConsentRecordFactory(member=member, category=category, is_granted=granted, recorded_at=at)
    blocks = ConsentGate().blocks
    assert {one for one in Category if Member.objects.filter(blocks("sms", one)).exists()} == stopped
    # The pages of one member say the same without asking the gate.
    standing = standing_words(member_id=member.pk)
    assert {one for one in Category if standing["sms", one] is False} == stopped


def test_whatsapp_wants_a_yes_for_what_it_is() -> None:
    member = MemberFactory()
    ConsentRecordFactory(member=member, channel="whatsapp", category="service", is_granted=True)
    assert blocked("whatsapp", "service", {member.pk}) == {}
    assert blocked("whatsapp", "marketing", {member.pk}) == {member.pk: "opted_out"}


def test_a_message_is_stopped_by_what_its_template_is_for() -> None:
    club = ClubFactory()
    offer = MessageTemplateFactory(club=club)
    receipt = MessageTemplateFactory(club=club, category="service")
    member = ConsentRecordFactory(member__club=club, category="marketing").member
    messages = [MessageFactory(member=member, template=template) for template in (offer, receipt, None)]
    with CaptureQueriesContext(connection) as queries:
        stopped = MemberGates().verdicts(messages, NOW)
    assert {pk: skip.reason for pk, skip in stopped.items()} == {
        messages[0].pk: "opted_out",
        messages[2].pk: "opted_out",
    }
    assert len(queries) == 2


@pytest.mark.parametrize("channel", Channel.values)
@pytest.mark.parametrize("category", Category.values)
def test_each_channel_and_category_has_a_sentence_of_its_own(channel: str, category: str) -> None:
    said = ConsentGate().text(channel, category)
    assert said.endswith(".")
    others = {ConsentGate().text(one, two) for one in Channel.values for two in ("", *Category.values)}
    assert len(others) == 12
    assert ConsentGate().question(channel, category)
