"""The member's latest word on the channel decides."""

import datetime as dt

import pytest

from members.models import Member
from messaging.gates.consent import ConsentGate
from tests.factories import NOW, ConsentRecordFactory, MemberFactory

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
    stopped = Member.objects.filter(ConsentGate().blocks("sms"))
    assert stopped.filter(pk=member.pk).exists() == opted_out


def test_of_two_words_at_the_same_instant_the_later_written_counts() -> None:
    member = MemberFactory()
    ConsentRecordFactory(member=member, is_granted=True)
    ConsentRecordFactory(member=member, is_granted=False)
    assert list(Member.objects.filter(ConsentGate().blocks("sms"))) == [member]


def test_a_word_written_down_later_about_an_earlier_day_does_not_count() -> None:
    member = MemberFactory()
    ConsentRecordFactory(member=member, is_granted=True, recorded_at=NOW)
    ConsentRecordFactory(member=member, is_granted=False, recorded_at=NOW - dt.timedelta(days=1))
    assert not Member.objects.filter(ConsentGate().blocks("sms")).exists()


def test_a_no_to_one_channel_leaves_the_other() -> None:
    ConsentRecordFactory(channel="email")
    assert Member.objects.filter(ConsentGate().blocks("email")).exists()
    assert not Member.objects.filter(ConsentGate().blocks("sms")).exists()
    assert ConsentGate().text("email") == "Opted out of e-mails."
    assert ConsentGate().text("sms") == "Opted out of texts."
