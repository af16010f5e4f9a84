"""What End User Messaging tells of texts: each event once, in any order, with its price, and only about what is ours."""

import datetime as dt
import json
import random
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from messaging.inbound.taking_in import take_in, try_again
from messaging.models import Message, Notice, Suppression
from messaging.rules.receipt_reasons import OF_TEXTS, WORDS
from tests.factories import NOW, MessageFactory
from tests.messaging.inbound.payloads import TEXTS, TOPIC, envelope, notification, payload
from tests.messaging.inbound.test_taking_in import told_of

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
PHONE = "+41791234567"


@pytest.fixture
def text(db: None) -> Message:
    return MessageFactory(channel="sms", address=PHONE, status="sent", provider_id="text-1", sent_at=NOW)


def changed(name: str, message: Message, **fields: Any) -> str:
    """The notice with these fields instead; None leaves one out."""
    event = {**json.loads(payload(name, message)), **fields}
    return json.dumps(envelope(json.dumps({key: v for key, v in event.items() if v is not None})))


@pytest.mark.parametrize(
    ("name", "kind", "fate", "reason"),
    [
        ("text_queued", "accepted", "", ""),
        ("text_pending", "accepted", "", ""),
        ("text_sent", "accepted", "", ""),
        ("text_successful", "accepted", "", ""),
        ("text_unknown", "accepted", "", ""),
        ("text_delivered", "delivered", "delivered", ""),
        ("text_unreachable_so_far", "delayed", "delayed", "phone_unreachable"),
        ("text_unreachable", "refused", "refused", "phone_unreachable"),
        ("text_carrier_unreachable", "refused", "refused", "carrier_unreachable"),
        ("text_invalid", "refused", "refused", "invalid_number"),
        ("text_invalid_message", "refused", "refused", "invalid_words"),
        ("text_blocked", "refused", "refused", "phone_blocks"),
        ("text_opted_out", "refused", "refused", "opted_out"),
        ("text_carrier_blocked", "refused", "refused", "carrier_blocked"),
        ("text_spam", "refused", "refused", "carrier_spam"),
        ("text_ttl_expired", "refused", "refused", "out_of_time"),
        ("text_protect_blocked", "refused", "refused", "protect_blocked"),
    ],
)
def test_each_event_of_a_text_is_written_down(text, name, kind, fate, reason):
    assert take_in([notification(name, text)], now=NOW) == {"events": 1}
    text.refresh_from_db()
    assert (text.status, text.fate, text.fate_reason) == ("sent", fate, reason)
    assert [event.kind for event in text.events.all()] == [kind]
    assert not Notice.objects.exists()


def test_the_table_above_has_every_file_of_texts():
    marks = test_each_event_of_a_text_is_written_down.pytestmark
    assert sorted(row[0] for mark in marks if mark.name == "parametrize" for row in mark.args[1]) == TEXTS


@pytest.mark.parametrize("kind", OF_TEXTS)
@pytest.mark.parametrize("words", ["Something that AWS never said before", None])
def test_where_the_words_say_nothing_the_event_says_why_not(text, kind, words):
    take_in([changed("text_invalid", text, eventType=kind, messageStatusDescription=words)], now=NOW)
    text.refresh_from_db()
    assert text.fate_reason == OF_TEXTS[kind]
    assert text.fate_reason in WORDS


def test_only_a_number_that_opted_out_is_shut_out(text):
    for name in sorted(set(TEXTS) - {"text_opted_out"}):
        take_in([notification(name, text)], now=NOW)
    assert not Suppression.objects.exists()
    take_in([notification("text_opted_out", text)], now=NOW)
    assert list(Suppression.objects.values_list("club", "channel", "address", "cause")) == [
        (text.club_id, "sms", PHONE, "opted_out")
    ]


def test_what_is_tried_again_may_still_arrive(text):
    for name in ("text_unreachable_so_far", "text_delivered"):
        take_in([notification(name, text)], now=NOW)
    text.refresh_from_db()
    assert (text.fate, text.delivered_at) == ("delivered", NOW + dt.timedelta(seconds=3))


@pytest.mark.parametrize(
    ("price", "fee", "cost"),
    [
        (0.06451, 0.0, 64_510),
        (0.00581, 0.00302, 8_830),
        (0.00581, None, 5_810),
        (0, 0, 0),
        (None, 0.006, None),
        ("0.1", 0.0, None),
        (-1, 0.0, None),
    ],
)
def test_price_with_the_carriers_fee_parts_and_carrier_are_kept(text, price, fee, cost):
    take_in([changed("text_delivered", text, totalMessagePrice=price, totalCarrierFee=fee)], now=NOW)
    text.refresh_from_db()
    assert (text.cost, text.parts, text.carrier) == (cost, 2, "Swisscom")


# --- Whose it is ---------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["text_queued", "text_successful", "text_unknown", "text_delivered"])
def test_an_event_with_our_context_settles_what_nobody_knew(name):
    message = MessageFactory(channel="sms", address=PHONE, status="unknown", error="?", claimed_at=NOW)
    take_in([notification(name, message, provider_id="text-9")], now=NOW + HOUR)
    message.refresh_from_db()
    assert (message.status, message.provider_id, message.error) == ("sent", "text-9", "")
    assert message.sent_at == NOW + dt.timedelta(milliseconds=512)
    assert message.events.filter(kind="settled").count() == 1


@pytest.mark.parametrize(
    ("status", "number", "given"),
    [
        ("sent", "text-1", {"provider_id": "another"}),
        ("sent", "text-1", {"provider_id": "another", "tag": 987_654_321}),
        ("unknown", "", {"address": "+41791234568"}),
        ("unknown", "", {"tag": 987_654_321}),
        ("unknown", "", {"tag": "1; DROP"}),
        ("unknown", "", {"tag": "0"}),
    ],
)
def test_a_tag_is_believed_only_with_the_phone_and_the_number_of_its_message(text, status, number, given):
    Message.objects.update(status=status, provider_id=number)
    given = {"provider_id": "text-9", **given}
    assert take_in([notification("text_opted_out", text, **given)], now=NOW) == {"put aside": 1}
    text.refresh_from_db()
    assert (text.status, text.fate) == (status, "")
    assert not Suppression.objects.exists()
    assert Notice.objects.get().problem == "unmatched"


def test_a_mail_with_the_same_number_is_not_meant(text):
    Message.objects.update(channel="email")
    assert take_in([notification("text_delivered", text)], now=NOW) == {"put aside": 1}


def test_another_topic_is_not_believed(text):
    with override_settings(EVENT_TOPICS=[f"{TOPIC}-of-another"]):
        take_in([notification("text_opted_out", text)], now=NOW)
    assert Notice.objects.get().problem == "foreign"
    assert not text.events.exists()


def test_a_text_of_another_program_is_forgotten_after_an_hour(text):
    take_in([changed("text_delivered", text, context={"account": "bar"}, messageId="another")], now=NOW)
    try_again(now=NOW + 2 * HOUR)
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"eventType": "TEXT_TELEPORTED"},
        {"eventType": "VOICE_COMPLETED"},
        {"messageId": None},
        {"messageId": 7},
        {"eventTimestamp": None},
        {"eventTimestamp": "yesterday"},
        {"eventTimestamp": 1e300},
        {"messageRequestTimestamp": None},
    ],
)
def test_what_cannot_be_read_is_kept_and_stops_nothing_else(text, fields):
    bodies = [changed("text_delivered", text, **fields), notification("text_successful", text)]
    assert take_in(bodies, now=NOW) == {"put aside": 1, "events": 1}
    assert Notice.objects.get().problem == "unreadable"


def test_one_cut_off_is_kept(text):
    whole = payload("text_delivered", text)
    assert take_in([json.dumps(envelope(whole[: len(whole) // 2]))], now=NOW) == {"put aside": 1}
    assert Notice.objects.get().problem == "unreadable"


@pytest.mark.usefixtures("db")
@given(st.lists(st.sampled_from(TEXTS), max_size=6), st.randoms(), st.integers(1, 4))
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_order_any_batches_and_any_repetition_come_to_the_same(names, shuffling: random.Random, size):
    ends = []
    for order in (names, [*names, *names[:3]]):
        Suppression.objects.all().delete()
        message = MessageFactory(channel="sms", address=PHONE, status="unknown")
        bodies = [notification(name, message, provider_id="text-9") for name in order]
        if order is not names:
            shuffling.shuffle(bodies)
        for first in range(0, len(bodies), size):
            take_in(bodies[first : first + size], now=NOW)
        ends.append(told_of(message))
        Message.objects.update(provider_id="")
    assert ends[0] == ends[1]
