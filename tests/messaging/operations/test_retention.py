"""The words of old messages: gone on the club's day, in batches, with every row and count left as it was."""

import datetime as dt

import pytest

from messaging.models import Message, MessageEvent
from messaging.operations import retention
from messaging.operations.retention import blank_old_words
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def club():
    return ClubFactory(keep_words_days=90)


def sent(club, days, **values):
    message = MessageFactory(
        member=MemberFactory(club=club),
        created_at=values.pop("created_at", NOW - days * DAY),
        **{
            "status": "sent",
            "subject": "S",
            "text_body": "T",
            "html_body": "H",
            "action_url": "https://a.example/",
            "context": {"x": "y"},
            "address": "+41446681800",
            **values,
        },
    )
    MessageEvent.objects.create(message=message, kind="sent", happened_at=NOW)
    return message


def words(message):
    message.refresh_from_db()
    return (message.subject, message.text_body, message.html_body, message.action_url, message.context)


KEPT = ("S", "T", "H", "https://a.example/", {"x": "y"})
GONE = ("", "", "", "", {})


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (dt.timedelta(days=89), KEPT),
        (90 * DAY, KEPT),
        (90 * DAY + dt.timedelta(seconds=1), GONE),
        (400 * DAY, GONE),
    ],
)
def test_words_go_after_the_clubs_days(club, age, expected):
    message = sent(club, 0, created_at=NOW - age)
    blank_old_words(now=NOW)
    assert words(message) == expected
    assert (message.blanked_at is not None) is (expected is GONE)


def test_the_row_and_what_became_of_it_stay(club):
    message = sent(club, 100, provider_id="p-1", sent_at=NOW - 100 * DAY)
    assert blank_old_words(now=NOW) == {"words deleted": 1}
    message.refresh_from_db()
    assert (message.status, message.provider_id, message.address, message.blanked_at) == (
        "sent",
        "p-1",
        "+41446681800",
        NOW,
    )
    assert message.events.count() == 1


def test_a_club_that_does_not_say_keeps_them():
    message = sent(ClubFactory(), 4_000)
    assert blank_old_words(now=NOW) == {"words deleted": 0}
    assert words(message) == KEPT


def test_addresses_go_with_them_where_the_club_says_so(club):
    message = sent(club, 100)
    blank_old_words(now=NOW)
    type(club).objects.update(keeps_addresses=False)
    assert blank_old_words(now=NOW) == {"words deleted": 1}
    message.refresh_from_db()
    assert message.address == ""
    assert blank_old_words(now=NOW) == {"words deleted": 0}


@pytest.mark.parametrize("status", ["queued", "claimed", "sending"])
def test_what_has_not_left_keeps_its_words_until_it_has(club, status):
    waiting, younger = sent(club, 100, status=status), sent(club, 95)
    older = sent(club, 120)
    blank_old_words(now=NOW)
    assert (words(waiting), words(older), words(younger)) == (KEPT, GONE, GONE)
    Message.objects.filter(pk=waiting.pk).update(status="sent")
    assert blank_old_words(now=NOW) == {"words deleted": 1}
    assert words(waiting) == GONE
    assert blank_old_words(now=NOW) == {"words deleted": 0}


@pytest.mark.parametrize("waiting", [1, 2, 5])
def test_it_goes_past_those_that_wait_however_many_of_one_instant(club, waiting, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(waiting):
        sent(club, 200, status="queued")
    younger = [sent(club, 100) for _ in range(3)]
    assert blank_old_words(now=NOW) == {"words deleted": 3}
    assert [words(one) for one in younger] == [GONE] * 3
    Message.objects.filter(status="queued").update(status="skipped")
    assert blank_old_words(now=NOW) == {"words deleted": waiting}


def test_what_waited_keeps_its_words_where_the_time_is_longer_by_now(club):
    waiting = sent(club, 100, status="queued")
    blank_old_words(now=NOW)
    type(club).objects.update(keep_words_days=300)
    Message.objects.update(status="sent")
    assert blank_old_words(now=NOW) == {"words deleted": 0}
    assert words(waiting) == KEPT


def test_many_of_one_instant_are_all_found(club, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 3)
    for days in (100, 100, 100, 100, 100, 100, 100, 99, 98):
        sent(club, days)
    assert blank_old_words(now=NOW) == {"words deleted": 9}
    assert not Message.objects.exclude(text_body="").exists()


def test_it_goes_on_where_it_stopped(club, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    messages = [sent(club, 100 - n) for n in range(6)]
    assert blank_old_words(now=NOW, seconds=-1) == {"words deleted": 0}
    retention._blank_some(club, NOW)
    assert [words(one) == GONE for one in messages] == [True, True, False, False, False, False]
    assert blank_old_words(now=NOW) == {"words deleted": 4}


def test_a_run_with_nothing_new_costs_the_same_whatever_was_deleted(club, django_assert_max_num_queries):
    for _ in range(20):
        sent(club, 100)
    blank_old_words(now=NOW)
    with django_assert_max_num_queries(17):
        assert blank_old_words(now=NOW) == {"words deleted": 0}


def test_a_shorter_time_reaches_further(club):
    message = sent(club, 60)
    blank_old_words(now=NOW)
    type(club).objects.update(keep_words_days=30)
    assert blank_old_words(now=NOW) == {"words deleted": 1}
    assert words(message) == GONE


def test_the_log_says_so(club, admin_client):
    message = sent(club, 100)
    blank_old_words(now=NOW)
    page = admin_client.get(f"/admin/messaging/message/{message.pk}/change/").content.decode()
    assert "Deleted on" in page
    assert "words deleted" in admin_client.get("/admin/messaging/message/").content.decode()
