"""What became of messages is counted by whole days of the club, again and again to the same."""

import datetime as dt

import pytest
from django.db.models import QuerySet

from messaging.models import Message, OutcomeDay
from messaging.operations.outcome_days import EDITION, count_days, count_recent, count_settling
from tests.factories import (
    NOW,
    ClubFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    VisitFactory,
)
from tests.reply_factories import InboundMessageFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOW.date()


@pytest.fixture
def club():
    return ClubFactory()


def sent(club, **given):
    given = {"status": "sent", "sent_at": NOW, "attempts": 1} | given
    return MessageFactory(member=MemberFactory(club=club), template=None, **given)


def counted(club, day=TODAY):
    count_days(club=club, first=day, last=day, now=NOW)
    return OutcomeDay.objects.get(club=club, day=day)


def test_each_outcome_is_counted(club):
    sent(club)
    sent(club, fate="delivered", cost=6_450, parts=1)
    sent(club, fate="clicked", opened_at=NOW, clicked_at=NOW, cost=12_900, parts=2)
    sent(club, fate="refused", fate_reason="phone_unreachable", cost=0)
    sent(club, fate="bounced", fate_reason="general")
    sent(club, status="failed")
    sent(club, status="failed", attempts=0)
    sent(club, status="unknown")
    sent(club, status="skipped")
    sent(club, status="queued")
    row = counted(club)
    assert (row.sent, row.failed, row.unknown, row.delivered, row.opened, row.clicked) == (5, 4, 1, 2, 1, 1)
    assert (row.cost, row.billed, row.parts) == (19_350, 3, 3)
    assert row.reasons == {"phone_unreachable": 1, "general": 1, "provider_refused": 1, "not_written": 1}


@pytest.mark.parametrize(
    ("taken_as", "is_answered"),
    [("reply", 1), ("help", 1), ("away", 1), ("start", 1), ("more", 1), ("stop", 0), ("less", 0)],
)
def test_any_word_but_an_opt_out_is_an_answer(club, taken_as, is_answered):
    message = sent(club)
    for _ in range(2):
        InboundMessageFactory(member=message.member, in_reply_to=message, taken_as=taken_as)
    assert counted(club).replied == is_answered


def test_counting_again_changes_nothing_and_takes_in_what_came_later(club):
    message = sent(club)
    before = counted(club)
    assert before.delivered == 0
    Message.objects.filter(pk=message.pk).update(fate="delivered")
    after = counted(club)
    assert (after.sent, after.delivered) == (1, 1)
    assert OutcomeDay.objects.count() == 1


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Pacific/Auckland", dt.datetime(2025, 8, 31, 11, 59, tzinfo=dt.UTC), dt.date(2025, 8, 31)),
        ("Pacific/Auckland", dt.datetime(2025, 8, 31, 12, 0, tzinfo=dt.UTC), dt.date(2025, 9, 1)),
        ("Pacific/Honolulu", dt.datetime(2025, 9, 1, 9, 59, tzinfo=dt.UTC), dt.date(2025, 8, 31)),
        ("Pacific/Honolulu", dt.datetime(2025, 9, 1, 10, 0, tzinfo=dt.UTC), dt.date(2025, 9, 1)),
        ("Europe/Zurich", dt.datetime(2025, 10, 26, 0, 30, tzinfo=dt.UTC), dt.date(2025, 10, 26)),
        ("Europe/Zurich", dt.datetime(2025, 10, 26, 22, 59, tzinfo=dt.UTC), dt.date(2025, 10, 26)),
        ("Europe/Zurich", dt.datetime(2025, 10, 26, 23, 0, tzinfo=dt.UTC), dt.date(2025, 10, 27)),
        ("Europe/Zurich", dt.datetime(2024, 2, 28, 23, 0, tzinfo=dt.UTC), dt.date(2024, 2, 29)),
    ],
)
def test_a_day_is_the_clubs_own(zone, at, day):
    club = ClubFactory(time_zone=zone)
    sent(club, created_at=at, sent_at=at)
    count_days(club=club, first=day - 2 * DAY, last=day + 2 * DAY, now=NOW)
    assert OutcomeDay.objects.get(club=club).day == day


@pytest.mark.parametrize(
    ("visited_at", "came"),
    [
        (NOW - dt.timedelta(seconds=1), 0),
        (NOW, 0),
        (NOW + dt.timedelta(seconds=1), 1),
        (NOW + 30 * DAY, 1),
        (NOW + 30 * DAY + dt.timedelta(seconds=1), 0),
    ],
)
@pytest.mark.parametrize("is_written_down", [True, False])
def test_who_visits_within_30_days_came_back(club, visited_at, came, is_written_down):
    message = sent(club)
    if is_written_down:
        VisitFactory(member=message.member, attended_at=visited_at)
    else:
        type(message.member).objects.filter(pk=message.member_id).update(last_attended_at=visited_at)
    assert counted(club).came_back == came


@pytest.mark.parametrize(("after", "number"), [(-DAY, 0), (dt.timedelta(), 1), (6 * DAY, 1), (7 * DAY, 0)])
def test_who_says_no_within_a_week_opted_out_of_the_last_message(club, after, number):
    first = sent(club, origin="welcome", sent_at=NOW - 10 * DAY, created_at=NOW - 10 * DAY)
    MessageFactory(member=first.member, template=None, status="sent", sent_at=NOW, origin="missed-class")
    ConsentRecordFactory(member=first.member, recorded_at=NOW + after)
    ConsentRecordFactory(member=first.member, channel="email", recorded_at=NOW)
    row = counted(club)
    assert (row.origin, row.opted_out) == ("missed-class", number)


def test_the_first_count_begins_with_the_first_message(club):
    for away in (0, 40, 400):
        sent(club, created_at=NOW - away * DAY)
    count_recent([club], now=NOW)
    assert OutcomeDay.objects.filter(club=club).count() == 3


def test_afterwards_only_yesterday_and_today_are_counted_often(club):
    sent(club)
    count_recent([club], now=NOW)
    old = sent(club, created_at=NOW - 2 * DAY)
    assert count_recent([club], now=NOW) == 1
    assert count_settling([club], now=NOW) == 2
    sent(club, created_at=NOW - 46 * DAY)
    assert count_settling([club], now=NOW) == 2
    assert OutcomeDay.objects.get(day=old.created_at.date()).sent == 1


def test_other_clubs_are_left_alone(club):
    other = sent(ClubFactory())
    count_days(club=other.club, first=TODAY, last=TODAY, now=NOW)
    sent(club)
    count_days(club=club, first=TODAY, last=TODAY, now=NOW)
    assert OutcomeDay.objects.count() == 2


def test_of_two_that_count_the_same_days_one_gives_way(club, monkeypatch):
    sent(club)
    row = counted(club)
    monkeypatch.setattr(QuerySet, "delete", lambda _self: None)
    assert count_days(club=club, first=TODAY, last=TODAY, now=NOW) == 0
    assert list(OutcomeDay.objects.all()) == [row]


def test_a_week_costs_the_same_number_of_queries_however_many_messages(club, django_assert_num_queries):
    def count():
        count_days(club=club, first=TODAY - 6 * DAY, last=TODAY, now=NOW)

    with django_assert_num_queries(5):
        count()
    for n in range(5):
        sent(club, origin=f"w{n}", created_at=NOW - n * DAY)
    with django_assert_num_queries(6):
        count()
    for n in range(20):
        sent(club, origin=f"w{n}", created_at=NOW - (n % 7) * DAY)
    with django_assert_num_queries(6):
        count()


@pytest.mark.parametrize(
    ("channel", "fate", "billed", "cost"),
    [
        ("email", "", None, 100),
        ("email", "bounced", None, 100),
        ("whatsapp", "delivered", None, 30_000),
        ("whatsapp", "", None, 30_000),
        ("whatsapp", "refused", None, 0),
        ("whatsapp", "delivered", 0, 0),
        ("sms", "delivered", 6_450, 6_450),
    ],
)
def test_what_no_receipt_tells_costs_what_the_club_says(club, channel, fate, billed, cost):
    club.email_price, club.whatsapp_price = 100, 30_000
    for _ in range(3):
        sent(club, channel=channel, fate=fate, cost=billed)
    row = counted(club)
    assert (row.billed, row.cost) == (3, 3 * cost)


def test_what_did_not_leave_or_may_not_have_costs_nothing(club):
    club.email_price = 100
    for status in ("failed", "unknown"):
        sent(club, channel="email", status=status)
    row = counted(club)
    assert (row.billed, row.cost) == (0, 0)


def test_without_a_price_nothing_is_known(club):
    sent(club, channel="email")
    row = counted(club)
    assert (row.billed, row.cost) == (0, 0)


def test_each_wording_is_counted_by_itself(club):
    for letter in ("A", "A", "B", ""):
        message = sent(club, variant=letter)
    ConsentRecordFactory(member=message.member, recorded_at=NOW, channel="sms")
    count_days(club=club, first=TODAY, last=TODAY, now=NOW)
    found = OutcomeDay.objects.values_list("variant", "sent", "opted_out").order_by("variant")
    assert list(found) == [("", 1, 1), ("A", 2, 0), ("B", 1, 0)]


def test_days_of_an_earlier_edition_are_counted_anew_the_latest_first(club, monkeypatch):
    for days in (50, 60, 400):
        sent(club, variant="B", created_at=NOW - days * DAY)
    count_days(club=club, first=TODAY - 400 * DAY, last=TODAY, now=NOW)
    OutcomeDay.objects.update(variant="", edition=0)
    count_settling([club], now=NOW, seconds=0)
    assert not OutcomeDay.objects.filter(variant="B").exists()
    count_settling([club], now=NOW)
    assert set(OutcomeDay.objects.values_list("variant", "edition")) == {("B", EDITION)}
    assert OutcomeDay.objects.count() == 3
    with monkeypatch.context() as nobody:
        nobody.setattr("messaging.operations.outcome_days._count", lambda *_: pytest.fail("counted again"))
        nobody.setattr("messaging.operations.outcome_days.SETTLES_FOR", -1)
        count_settling([club], now=NOW)
