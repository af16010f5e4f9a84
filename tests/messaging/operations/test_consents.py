"""Tests of writing down who said no."""

import datetime as dt

import pytest

from members.signals import facts_changed
from messaging.models import ConsentRecord
from messaging.operations.consents import has_opted_out, opt_in, opt_out
from tests.factories import NOW, ConsentRecordFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def say_no(member_id: int, channel: str = "email", now: dt.datetime = NOW) -> bool:
    return opt_out(member_id=member_id, channel=channel, source="front desk", words="No more mail.", now=now)


def test_a_first_no_is_recorded_word_for_word() -> None:
    member = MemberFactory()
    assert say_no(member.pk) is True
    record = ConsentRecord.objects.get()
    assert (record.member, record.channel, record.is_granted) == (member, "email", False)
    assert (record.source, record.words, record.recorded_at) == ("front desk", "No more mail.", NOW)


def test_a_second_no_changes_nothing() -> None:
    member = MemberFactory()
    say_no(member.pk)
    assert say_no(member.pk, now=NOW + dt.timedelta(days=1)) is False
    assert ConsentRecord.objects.count() == 1


def test_a_no_after_a_new_yes_counts_again() -> None:
    member = MemberFactory()
    say_no(member.pk)
    ConsentRecordFactory(member=member, channel="email", is_granted=True, recorded_at=NOW)
    assert not has_opted_out(member_id=member.pk, channel="email")
    assert say_no(member.pk, now=NOW + dt.timedelta(hours=1)) is True
    assert has_opted_out(member_id=member.pk, channel="email")


def test_a_yes_dated_ahead_does_not_outlive_the_no() -> None:
    member = MemberFactory()
    ConsentRecordFactory(
        member=member, channel="email", is_granted=True, recorded_at=NOW + dt.timedelta(days=3)
    )
    say_no(member.pk)
    assert has_opted_out(member_id=member.pk, channel="email")


def test_a_no_to_one_channel_leaves_the_other_open() -> None:
    member = MemberFactory()
    say_no(member.pk, channel="email")
    assert has_opted_out(member_id=member.pk, channel="email")
    assert not has_opted_out(member_id=member.pk, channel="sms")


def test_a_yes_counts_again_and_knows_who_wrote_it_down() -> None:
    member, person = MemberFactory(), UserFactory()
    say_no(member.pk)
    later = NOW + dt.timedelta(hours=1)
    facts = {"member_id": member.pk, "channel": "email", "source": "at the front desk", "words": ""}
    assert opt_in(**facts, now=later, recorded_by=person) is True
    assert opt_in(**facts, now=later, recorded_by=person) is False
    assert not has_opted_out(member_id=member.pk, channel="email")
    assert ConsentRecord.objects.first().recorded_by == person


def test_a_first_yes_is_worth_keeping_though_nobody_had_said_no() -> None:
    member = MemberFactory()
    assert opt_in(member_id=member.pk, channel="sms", source="at the front desk", words="", now=NOW) is True


def test_a_word_that_changes_something_is_announced_and_one_that_does_not_is_not() -> None:
    heard: list[list[int]] = []

    def listen(member_ids: list[int], **_: object) -> None:
        heard.append(member_ids)

    facts_changed.connect(listen)
    try:
        member = MemberFactory()
        say_no(member.pk)
        say_no(member.pk)
    finally:
        facts_changed.disconnect(listen)
    assert heard == [[member.pk]]


def test_a_no_to_offers_is_not_a_no_to_everything() -> None:
    member = MemberFactory()
    facts = {"member_id": member.pk, "channel": "sms", "source": "page", "words": "", "now": NOW}
    assert opt_out(**facts, category="marketing") is True
    assert has_opted_out(member_id=member.pk, channel="sms", category="marketing")
    assert not has_opted_out(member_id=member.pk, channel="sms", category="service")
    assert not has_opted_out(member_id=member.pk, channel="sms")
    # Known of one, so it says something new of the other.
    assert opt_out(**facts) is True
    assert has_opted_out(member_id=member.pk, channel="sms")
    assert opt_out(**facts, category="service") is False
    assert [(record.category, record.is_granted) for record in ConsentRecord.objects.order_by("pk")] == [
        ("marketing", False),
        ("", False),
    ]
