"""The delivery log of texts: what each came to and cost, read page after page, and read again without harm."""

import datetime as dt
import json
from typing import Any

import boto3
import pytest

from messaging.inbound import receipts
from messaging.inbound.receipts import OVERLAP, read_receipts, take_in_receipts
from messaging.models import Message, ReceiptCursor, Suppression
from tests.factories import NOW, MessageFactory
from tests.messaging.inbound.payloads import payload

pytestmark = pytest.mark.django_db
GROUP = "sns/eu-central-1/123456789012/DirectPublishToPhoneNumber"
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def text(db: None) -> Message:
    return MessageFactory(
        channel="sms", address="+41791234567", status="sent", provider_id="text-1", sent_at=NOW
    )


def entry(
    name: str, message: Message, *, at: dt.datetime = NOW + 3 * SECOND, **change: Any
) -> dict[str, Any]:
    said = json.loads(payload(name, message, **{k: v for k, v in change.items() if k == "provider_id"}))
    said["delivery"].update({k: v for k, v in change.items() if k != "provider_id"})
    return {"timestamp": int(at.timestamp() * 1000), "message": json.dumps(said)}


class Logs:
    """Groups of entries, handed out `size` at a time, with an empty page before the last."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, groups: dict[str, list[dict[str, Any]]], size: int = 2) -> None:
        self.groups, self.size = groups, size
        self.asked: list[dict[str, Any]] = []

    def filter_log_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if asked["logGroupName"] not in self.groups:
            raise self.exceptions.ResourceNotFoundException
        fitting = [
            one
            for one in self.groups[asked["logGroupName"]]
            if asked["startTime"] <= one["timestamp"] < asked["endTime"]
        ]
        first = int(asked.get("nextToken", 0))
        if first == -1:
            return {"events": fitting[-1:]}
        if first + self.size < len(fitting):
            return {"events": fitting[first : first + self.size], "nextToken": str(first + self.size)}
        return {"events": fitting[first:-1], "nextToken": "-1"} if first else {"events": fitting}


@pytest.fixture
def log(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.SMS_RECEIPT_LOG_GROUPS = [GROUP, f"{GROUP}/Failure"]

    def put(*entries: dict[str, Any], failed: tuple[dict[str, Any], ...] | None = None) -> Logs:
        groups = {GROUP: list(entries)} | ({f"{GROUP}/Failure": list(failed)} if failed else {})
        logs = Logs(groups)
        monkeypatch.setattr(receipts, "_client", lambda: logs)
        return logs

    return put


def read(now: dt.datetime = NOW + dt.timedelta(minutes=5)) -> dict[str, int]:
    return read_receipts(clock=lambda: now, seconds=60)


def test_a_text_that_arrived_has_its_price_parts_and_carrier(log, text):
    log(entry("sns_receipt_success", text))
    assert read() == {"events": 1}
    text.refresh_from_db()
    assert (text.fate, text.cost, text.parts, text.carrier) == ("delivered", 64_510, 2, "Swisscom")
    assert text.delivered_at == NOW + 3 * SECOND


@pytest.mark.parametrize(
    ("words", "reason", "shuts_out"),
    [
        ("Unknown error attempting to reach phone", "unknown_error", False),
        ("Phone number is opted out", "opted_out", True),
        ("Phone is currently unreachable/unavailable", "phone_unreachable", False),
        ("Blocked as spam by phone carrier", "carrier_spam", False),
        ("No quota left for account", "no_quota", False),
        ("Something that AWS never said before", "other", False),
        (None, "other", False),
    ],
)
def test_one_that_did_not_says_why_and_costs_what_it_cost(log, text, words, reason, shuts_out):
    log(failed=(entry("sns_receipt_failure", text, providerResponse=words),))
    assert read() == {"events": 1}
    text.refresh_from_db()
    assert (text.status, text.fate, text.fate_reason, text.cost) == ("sent", "refused", reason, 32_260)
    assert Suppression.objects.filter(address=text.address, cause="opted_out").exists() is shuts_out


def test_all_pages_are_read_even_behind_an_empty_one(log):
    texts = [
        MessageFactory(channel="sms", address="+41791234567", status="sent", provider_id=f"text-{n}")
        for n in range(5)
    ]
    log(*[entry("sns_receipt_success", one, at=NOW + n * SECOND) for n, one in enumerate(texts)])
    assert read() == {"events": 5}
    assert Message.objects.filter(fate="delivered").count() == 5


def test_reading_again_overlaps_and_changes_nothing(log, text):
    logs = log(entry("sns_receipt_success", text))
    read()
    events = list(text.events.values())
    assert read(NOW + dt.timedelta(minutes=10)) == {"events": 1}
    assert list(text.events.values()) == events
    again = NOW + dt.timedelta(minutes=5) - OVERLAP
    assert logs.asked[-2]["startTime"] == int(again.timestamp() * 1000)


def test_a_receipt_that_overtook_its_message_is_found_by_the_overlap(log, text):
    Message.objects.update(provider_id="", status="sending")
    log(entry("sns_receipt_success", text, provider_id="text-1"))
    assert read() == {}
    Message.objects.update(provider_id="text-1", status="sent")
    assert read(NOW + dt.timedelta(minutes=10)) == {"events": 1}


def test_it_stops_between_windows_and_goes_on_from_there(log, text):
    log(entry("sns_receipt_success", text))
    assert read_receipts(clock=lambda: NOW, seconds=0) == {}
    assert {one.read_until for one in ReceiptCursor.objects.all()} == {NOW - receipts.LATEST}
    read()
    assert ReceiptCursor.objects.get(group=GROUP).read_until == NOW + dt.timedelta(minutes=5)
    text.refresh_from_db()
    assert text.fate == "delivered"


def test_what_fails_in_the_middle_is_read_again(log, text, monkeypatch):
    log(entry("sns_receipt_success", text))
    monkeypatch.setattr(receipts, "take_in_receipts", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        read()
    monkeypatch.undo()
    before = ReceiptCursor.objects.get(group=GROUP).read_until
    assert before < NOW + 3 * SECOND


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"status":"MAYBE"}',
        '{"status":"SUCCESS","notification":{"messageId":"x"},"delivery":{}}',
        '{"status":"SUCCESS","notification":{"messageId":"x","timestamp":"yesterday"},"delivery":{}}',
    ],
)
def test_what_cannot_be_read_is_counted_and_stops_no_other(text, message):
    bad = {"timestamp": int(NOW.timestamp() * 1000), "message": message}
    counts = take_in_receipts([bad, {"message": "{}"}, entry("sns_receipt_success", text)], now=NOW)
    assert counts == {"unreadable receipts": 2, "events": 1}


@pytest.mark.parametrize(
    ("price", "cost"),
    [
        (0.00645, 6450),
        (0, 0),
        (1, 1_000_000),
        (0.1, 100_000),
        (1e-06, 1),
        (-1, None),
        ("0.1", None),
        (None, None),
        (True, None),
    ],
)
def test_a_price_is_kept_exactly(text, price, cost):
    take_in_receipts([entry("sns_receipt_success", text, priceInUSD=price)], now=NOW)
    text.refresh_from_db()
    assert text.cost == cost


# --- Nobody knew its number ----------------------------------------------------------------------
@pytest.fixture
def unknown(db: None) -> Message:
    return MessageFactory(
        channel="sms", address="+41791234567", status="unknown", claimed_at=NOW, ended_at=NOW + 15 * SECOND
    )


def test_a_text_whose_call_was_never_answered_is_found_by_phone_and_minute(unknown):
    found = take_in_receipts([entry("sns_receipt_success", unknown, provider_id="text-9")], now=NOW)
    assert found["events"] == 1
    unknown.refresh_from_db()
    assert (unknown.status, unknown.fate, unknown.provider_id) == ("sent", "delivered", "text-9")


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "+41791234568"},
        {"claimed_at": NOW - dt.timedelta(minutes=3)},
        {"claimed_at": NOW + dt.timedelta(minutes=1)},
        {"channel": "whatsapp"},
        {"status": "failed"},
    ],
)
def test_another_phone_or_minute_or_channel_is_not_guessed(unknown, changes):
    Message.objects.update(**changes)
    body = entry("sns_receipt_success", unknown, provider_id="text-9")
    assert take_in_receipts([body], now=NOW)["events"] == 0


def test_of_two_that_would_fit_none_is_guessed(unknown):
    MessageFactory(channel="sms", address=unknown.address, status="unknown", claimed_at=NOW + SECOND)
    body = entry("sns_receipt_success", unknown, provider_id="text-9")
    assert take_in_receipts([body], now=NOW)["events"] == 0


def test_two_receipts_for_one_unknown_text_are_not_guessed(unknown):
    bodies = [entry("sns_receipt_success", unknown, provider_id=f"text-{n}") for n in range(2)]
    assert take_in_receipts(bodies, now=NOW)["events"] == 0


def test_it_costs_the_same_number_of_queries_however_many_there_are(text, django_assert_max_num_queries):
    more = [
        MessageFactory(channel="sms", address="+41790000000", status="sent", provider_id=f"n{n}")
        for n in range(30)
    ]
    with django_assert_max_num_queries(9):
        take_in_receipts([entry("sns_receipt_success", one) for one in [text, *more]], now=NOW)


def test_over_the_real_protocol(moto_aws, settings, text):
    # The log of the stand-in takes what is of these days only.
    now = dt.datetime.now(dt.UTC)
    logs = boto3.client("logs", region_name="eu-central-1", endpoint_url=moto_aws)
    settings.SMS_RECEIPT_LOG_GROUPS = [GROUP, f"{GROUP}/Failure"]
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="one")
    logs.put_log_events(
        logGroupName=GROUP,
        logStreamName="one",
        logEvents=[entry("sns_receipt_success", text, at=now - dt.timedelta(minutes=1))],
    )
    assert read(now) == {"events": 1}
    text.refresh_from_db()
    assert text.cost == 64_510
