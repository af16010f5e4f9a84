"""Reading messages since a cursor: in one order for good, nothing left out, nothing of another club."""

import threading

import pytest
from django.db import connection, transaction

from messaging.models import MessageEvent
from messaging.reports import message_feed
from tests.api_client import ApiClient
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return ApiClient(ClubFactory())


def happened(api, kind="sent", **values):
    member = MemberFactory(club=api.club)
    message = MessageFactory(member=member, status="sent", text_body="Hello", sent_at=NOW, **values)
    return MessageEvent.objects.create(message=message, kind=kind, happened_at=NOW)


def read_all(api, after=0, limit=3):
    found = []
    while True:
        page = api.get("messages", after=after, limit=limit).json()
        found += page["messages"]
        after = page["next"]
        if not page["has_more"]:
            return found, after


def test_messages_come_page_by_page_each_once_in_order(api):
    events = [happened(api) for _ in range(7)]
    happened(ApiClient(ClubFactory()))
    found, cursor = read_all(api)
    assert [one["id"] for one in found] == [event.message_id for event in events]
    assert read_all(api, cursor) == ([], cursor)
    another = happened(api)
    assert [one["id"] for one in read_all(api, cursor)[0]] == [another.message_id]


def test_a_message_tells_what_became_of_it(api):
    event = happened(api, kind="skipped", reason="opted_out")
    [told] = read_all(api)[0]
    assert told["event"] == "skipped"
    assert (told["member"], told["channel"], told["text"]) == (
        event.message.member.external_id,
        "sms",
        "Hello",
    )
    assert told["reason"] == "Opted out"
    assert told["sent_at"] == "2025-09-01T10:00:00Z"


def test_the_same_message_comes_again_when_something_happens_to_it(api):
    event = happened(api, kind="unknown")
    cursor = read_all(api)[1]
    MessageEvent.objects.create(message=event.message, kind="settled", happened_at=NOW)
    assert [(one["id"], one["event"]) for one in read_all(api, cursor)[0]] == [(event.message_id, "settled")]


def test_a_small_club_is_led_past_the_events_of_a_large_one(api, monkeypatch):
    monkeypatch.setattr(message_feed, "LOOKED_THROUGH", 4)
    large = ApiClient(ClubFactory())
    for _ in range(11):
        happened(large)
    mine = happened(api)
    assert [one["id"] for one in read_all(api)[0]] == [mine.message_id]


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 501}, {"limit": "x"}, {"after": -1}, {"after": 2**63}, {"after": "x"}]
)
def test_a_page_that_cannot_be_is_refused(api, params):
    response = api.get("messages", **params)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")


def test_the_cost_does_not_grow_with_the_page(api, django_assert_max_num_queries):
    for _ in range(20):
        happened(api)
    api.get("messages")
    with django_assert_max_num_queries(3):
        assert len(api.get("messages").json()["messages"]) == 20


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_what_is_committed_late_with_a_lower_number_is_not_left_out(api, monkeypatch):
    monkeypatch.setattr(message_feed, "PATIENCE", 0.3)
    message = happened(api).message
    cursor = read_all(api)[1]
    begun, go_on = threading.Event(), threading.Event()

    def slow_writer():
        with transaction.atomic():
            MessageEvent.objects.create(message=message, kind="retry", happened_at=NOW)
            begun.set()
            go_on.wait(10)
        connection.close()

    writer = threading.Thread(target=slow_writer)
    writer.start()
    assert begun.wait(10)
    try:
        MessageEvent.objects.create(message=message, kind="failed", happened_at=NOW)
        assert read_all(api, cursor) == ([], cursor)
    finally:
        go_on.set()
        writer.join(10)
    assert [one["event"] for one in read_all(api, cursor)[0]] == ["retry", "failed"]
