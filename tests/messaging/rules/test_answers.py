"""Texts that were left unanswered, as the retention risk counts them: which could have been answered, and what is an answer."""

import datetime as dt

import pytest

from members.models import Club, Member
from members.rules.risk import risks
from messaging.models import Message
from tests.factories import NOW, MemberFactory, MessageFactory, UserFactory
from tests.reply_factories import InboundMessageFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def risk_of(member):
    (found,) = risks(Member.objects.filter(pk=member.pk), member.club, NOW)
    return found


def text(member, days_ago, **values):
    values = {"is_capped": True, "channel": "sms", "sent_at": NOW - days_ago * DAY, **values}
    return MessageFactory(member=member, status="sent", ended_at=values["sent_at"], **values)


def wrote(member, days_ago, taken_as="reply"):
    InboundMessageFactory(member=member, received_at=NOW - days_ago * DAY, taken_as=taken_as)


@pytest.fixture
def away_a_week():
    """Without anything else that counts."""
    return MemberFactory(club__sms_number="+41791234567", days_away=7, joined_on=NOW.date() - 1000 * DAY)


@pytest.mark.parametrize(
    ("texts", "score", "number"),
    [
        ([], 0.0, 0),
        ([1], 0.03, 1),
        ([1, 2], 0.05, 2),
        ([1, 2, 3], 0.05, 3),
        ([6], 0.03, 1),
        ([8], 0.0, 0),
    ],
)
def test_texts_since_the_last_visit_that_nobody_answered_are_a_risk(away_a_week, texts, score, number):
    for days in texts:
        text(away_a_week, days)
    found = risk_of(away_a_week)
    assert (found.score, found.silent, found.reasons) == (score, number, ("silent",) if number else ())


@pytest.mark.parametrize(
    ("taken_as", "days_ago", "silent"),
    [
        ("reply", 4, 0),
        # Also before the last text: whoever writes is still there.
        ("reply", 6, 0),
        ("away", 4, 0),
        ("start", 4, 0),
        ("stop", 4, 2),
        ("less", 4, 2),
        # Before the last visit, which is what counts from then on.
        ("reply", 8, 2),
        # Not known as of now.
        ("reply", -1, 2),
    ],
)
def test_whoever_wrote_back_is_not_silent_but_by_opting_out(away_a_week, taken_as, days_ago, silent):
    text(away_a_week, 5)
    text(away_a_week, 3)
    wrote(away_a_week, days_ago, taken_as)
    wrote(MemberFactory(club=away_a_week.club), 1)
    assert risk_of(away_a_week).silent == silent


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({"channel": "whatsapp"}, True),
        ({"channel": "email"}, False),
        ({"channel": "in_app"}, False),
        # A receipt asks for no answer; what one of the staff wrote does.
        ({"is_capped": False}, False),
        ({"is_capped": False, "by_hand": True}, True),
        ({"sent_at": NOW + DAY}, False),
        ({"status": "skipped"}, False),
        ({"status": "unknown"}, False),
    ],
)
def test_only_what_could_have_been_answered_counts(away_a_week, values, counts):
    values = dict(values)
    if values.pop("by_hand", False):
        values["asked_by"] = UserFactory()
    status = values.pop("status", "sent")
    Message.objects.filter(pk=text(away_a_week, 1, **values).pk).update(status=status)
    assert risk_of(away_a_week).silent == counts


@pytest.mark.parametrize("values", [{"sms_number": ""}, {"sms_sender": "GYM"}])
def test_nobody_is_silent_who_cannot_write_back_to_the_club(away_a_week, values):
    Club.objects.update(**values)
    text(away_a_week, 1)
    away_a_week.refresh_from_db()
    assert risk_of(away_a_week).silent == 0
