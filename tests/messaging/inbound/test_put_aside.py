"""What nobody can make sense of is kept as it came, tried again, and stops nothing else; answers reach who listens."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from messaging.inbound import replies, taking_in
from messaging.inbound.taking_in import take_in, try_again
from messaging.models import InboundMessage, Message, MessageEvent, Notice
from tests.factories import NOW, MemberFactory, MessageFactory
from tests.messaging.inbound.payloads import SES_ID, TOPIC, envelope, notification, payload

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def broken(mail: Message) -> dict[str, str]:
    whole = notification("ses_bounce_permanent", mail)
    event = json.loads(payload("ses_bounce_permanent", mail))

    def without(*way: str) -> str:
        changed = json.loads(json.dumps(event))
        at = changed
        for step in way[:-1]:
            at = at[step]
        del at[way[-1]]
        return json.dumps(envelope(json.dumps(changed)))

    return {
        "cut off": whole[: len(whole) // 2],
        "its message cut off": json.dumps(envelope(json.dumps(event)[:200])),
        "empty": "",
        "a list": "[]",
        "nested without end": "[" * 100_000,
        "not wrapped, as with raw delivery": json.dumps(event),
        "without an instant": without("bounce", "timestamp"),
        "without a number": without("mail", "messageId"),
        "without a type": without("bounce", "bounceType"),
        "of an unknown kind": json.dumps(envelope(json.dumps({**event, "eventType": "Teleported"}))),
        "of no kind": json.dumps(envelope('{"hello": "world"}')),
        "of a wrong type": json.dumps(envelope(json.dumps({**event, "bounce": "Permanent"}))),
        "with an instant that never was": whole.replace("2025-09-01T10:00:03.000Z", "2025-02-30T10:00:03Z"),
    }


def test_what_cannot_be_read_is_kept_as_it_came_and_stops_nothing_else(mail):
    bad = broken(mail)
    counts = take_in([*bad.values(), notification("ses_delivery", mail)], now=NOW)
    assert counts == {"put aside": len(bad), "events": 1}
    kept = Notice.objects.all()
    assert {notice.problem for notice in kept} == {"unreadable"}
    assert {notice.body for notice in kept} == set(bad.values())
    assert {event.kind for event in mail.events.all()} == {"delivered"}


def test_a_notice_is_kept_once_however_often_it_comes(mail):
    body = broken(mail)["without a number"]
    for _ in range(3):
        take_in([body, body], now=NOW)
    assert Notice.objects.count() == 1


def test_another_topic_is_not_believed(mail):
    other = TOPIC.replace("123456789012", "999999999999")
    body = json.dumps(envelope(payload("ses_bounce_permanent", mail), topic=other))
    take_in([body], now=NOW)
    assert not mail.events.exists()
    assert (Notice.objects.get().problem, Notice.objects.get().topic) == ("foreign", other)


def test_the_greeting_of_ses_is_nothing_to_keep():
    body = json.dumps(envelope("Successfully validated SNS topic for Amazon SES event publishing."))
    subscribed = json.dumps(
        envelope('{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"You have …"}')
    )
    assert take_in([body, subscribed], now=NOW) == {}
    assert not Notice.objects.exists()


def test_what_overtook_its_message_is_taken_in_once_that_is_there():
    mail = MessageFactory(channel="email", address="aisha@mail.example", status="claimed")
    take_in([notification("ses_identity_bounce", mail)], now=NOW)
    assert Notice.objects.get().next_try_at == NOW + dt.timedelta(minutes=1)
    Message.objects.filter(pk=mail.pk).update(status="sent", provider_id=SES_ID)
    assert try_again(now=NOW + dt.timedelta(minutes=1)) == {"events": 1}
    assert not Notice.objects.exists()
    assert mail.events.get().kind == "bounced"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_it_does_not_wait_for_a_message_that_a_sender_is_writing():
    mail = MessageFactory(channel="email", address="a@mail.example", status="sent", provider_id=SES_ID)
    body = notification("ses_open", mail)
    with ThreadPoolExecutor(1) as elsewhere, transaction.atomic():
        Message.objects.filter(pk=mail.pk).update(attempts=2)
        assert elsewhere.submit(_taken_in, body).result(timeout=10) == {"put aside": 1}
    assert try_again(now=NOW + dt.timedelta(minutes=1)) == {"events": 1}
    mail.refresh_from_db()
    assert (mail.fate, mail.attempts) == ("opened", 2)


def _taken_in(body: str) -> dict[str, int]:
    try:
        return dict(take_in([body], now=NOW))
    finally:
        connection.close()


def test_it_is_tried_less_and_less_often_and_then_waits_for_a_person(mail):
    take_in([notification("ses_open", mail, provider_id="another")], now=NOW)
    at, tries = NOW, 0
    while due := Notice.objects.get().next_try_at:
        at, tries = due, tries + 1
        try_again(now=at)
    assert at - NOW > taking_in.GIVE_UP_AFTER
    assert tries < 20


def test_a_mail_of_somebody_else_in_the_account_is_dropped_after_an_hour(mail):
    take_in([notification("ses_identity_bounce", mail, provider_id="another")], now=NOW)
    try_again(now=NOW + HOUR)
    assert Notice.objects.exists()
    Notice.objects.update(next_try_at=NOW)
    try_again(now=NOW + HOUR + dt.timedelta(seconds=1))
    assert not Notice.objects.exists()


def test_what_goes_wrong_with_one_stops_no_other(mail, monkeypatch):
    other = MessageFactory(channel="email", address="b@mail.example", status="sent", provider_id="b")
    real = taking_in.record_events

    def falls_over(heard: Any, *, now: dt.datetime) -> Any:
        if any(one.provider_id == "b" for one in heard):
            raise ZeroDivisionError
        return real(heard, now=now)

    monkeypatch.setattr(taking_in, "record_events", falls_over)
    counts = take_in([notification("ses_open", other), notification("ses_open", mail)], now=NOW)
    assert counts == {"events": 1, "put aside": 1}
    assert (Notice.objects.get().problem, Notice.objects.get().detail) == ("failed", "ZeroDivisionError")
    monkeypatch.undo()
    try_again(now=NOW + HOUR)
    assert other.events.get().kind == "opened"


def test_trouble_of_the_database_is_told_so_that_it_comes_again(mail, monkeypatch):
    def down(*_: Any, **__: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(taking_in, "record_events", down)
    with pytest.raises(OperationalError):
        take_in([notification("ses_open", mail)], now=NOW)
    assert not Notice.objects.exists()


def test_a_nul_inside_is_kept_for_staff(mail):
    event = json.loads(payload("ses_bounce_permanent", mail))
    event["bounce"]["bouncedRecipients"][0]["diagnosticCode"] = "550 \x00"
    take_in([json.dumps(envelope(json.dumps(event)))], now=NOW)
    assert mail.events.exists() or Notice.objects.get().problem == "failed"


# --- Answers -----------------------------------------------------------------------------------
def test_an_answer_is_handed_to_who_listens(monkeypatch):
    heard: list[dict[str, Any]] = []
    monkeypatch.setitem(replies.LISTENERS, "sms", lambda **said: heard.append(said))
    body = notification("sms_reply", address="+41791234567", provider_id="before")
    assert take_in([body], now=NOW + HOUR) == {"replies": 1}
    assert heard == [
        {
            "channel": "sms",
            "from_phone": "+41791234567",
            "to": "+12125550101",
            "body": "See you on Monday!",
            "provider_id": "cae173d2-66b9-564c-8309-21f858e9fb84",
            "previous_provider_id": "before",
            "received_at": NOW,
            "own_number": "",
            "taken_as": "",
            "is_setting": False,
            "now": NOW + HOUR,
        }
    ]


def test_what_a_member_writes_to_the_club_is_kept_once():
    member = MemberFactory(phone="+41791234567")
    body = notification("sms_reply", address=member.phone)
    for _ in range(2):
        assert take_in([body], now=NOW) == {"replies": 1}
    heard = InboundMessage.objects.get()
    assert (heard.member, heard.body, heard.received_at) == (member, "See you on Monday!", NOW)


def test_an_answer_that_nobody_hears_is_not_lost(monkeypatch):
    monkeypatch.delitem(replies.LISTENERS, "sms", raising=False)
    take_in([notification("sms_reply", address="+41791234567")], now=NOW)
    heard: list[str] = []
    monkeypatch.setitem(replies.LISTENERS, "sms", lambda **said: heard.append(said["body"]))
    try_again(now=NOW + HOUR)
    assert heard == ["See you on Monday!"]
    assert not Notice.objects.exists()


def test_what_a_member_writes_by_whatsapp_is_kept_once():
    member = MemberFactory(phone="+41791234567")
    body = notification("whatsapp_message", address=member.phone)
    for _ in range(2):
        assert take_in([body], now=NOW + HOUR) == {"replies": 1}
    heard = InboundMessage.objects.get()
    assert (heard.channel, heard.member, heard.body) == ("whatsapp", member, "See you on Monday!")
    assert (heard.from_address, heard.to_address, heard.received_at) == (
        "+41791234567",
        "+41791110000",
        dt.datetime(2025, 9, 1, 10, 1, 40, tzinfo=dt.UTC),
    )
    assert not Notice.objects.exists()


def test_events_leave_the_log_of_holds_and_retries_alone(mail):
    MessageEvent.objects.create(message=mail, kind="retry", happened_at=NOW, detail="Throttling")
    MessageEvent.objects.create(message=mail, kind="retry", happened_at=NOW, detail="Throttling")
    take_in([notification("ses_delivery", mail)], now=NOW)
    assert mail.events.count() == 3
