"""A message that a person sends to one member now."""

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from messaging.gates import Wait
from messaging.models import Message
from messaging.operations.by_hand import preview, send_by_hand
from messaging.operations.delivery import deliver
from messaging.signals import message_queued
from tests.factories import (
    NOW,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    SuppressionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def template() -> Any:
    return MessageTemplateFactory(text_body="Hi {{ first_name }}, {{ days_away|default('some') }} days!")


@pytest.fixture
def member(template: Any) -> Any:
    return MemberFactory(club=template.club, days_away=9)


def send(member: Any, template: Any, token: uuid.UUID | None = None, **others: Any) -> tuple[Message, bool]:
    facts = {"token": token or uuid.uuid4(), "asked_by_id": None, "now": NOW}
    return send_by_hand(member=member, template=template, **facts | others)


def test_it_shows_the_words_as_they_would_be_sent_and_writes_nothing(member: Any, template: Any) -> None:
    seen = preview(member=member, template=template, now=NOW)
    assert seen.envelope is not None
    assert (seen.envelope.text, seen.envelope.address) == ("Hi John, 9 days!", member.phone)
    assert (seen.verdict, seen.stopped) == (None, "")
    assert not Message.objects.exists()


def test_it_leaves_through_the_same_outbox(member: Any, template: Any, provider: Any) -> None:
    person = UserFactory()
    message, is_new = send(member, template, asked_by_id=person.pk)
    assert is_new
    assert (message.status, message.origin, message.asked_by) == ("queued", "by hand", person)
    assert deliver(clock=lambda: NOW)["sent"] == 1
    message.refresh_from_db()
    assert (message.status, message.text_body) == ("sent", "Hi John, 9 days!")


def test_one_question_is_one_message_however_often_it_is_answered(member: Any, template: Any) -> None:
    token = uuid.uuid4()
    first, _ = send(member, template, token)
    assert send(member, template, token) == (first, False)
    assert Message.objects.count() == 1
    assert send(member, template)[1] is True


def test_the_database_holds_a_token_to_one_message(member: Any, template: Any) -> None:
    message, _ = send(member, template)
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageFactory(member=member, template=template, token=message.token)
    MessageFactory(member=member, template=template)
    MessageFactory(member=member, template=template)


def test_a_click_that_another_one_overtook_finds_that_ones_message(
    member: Any, template: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = uuid.uuid4()
    first, _ = send(member, template, token)
    real = Message.objects.filter
    not_yet = [Message.objects.none()]
    monkeypatch.setattr(
        Message.objects, "filter", lambda *a, **k: not_yet.pop() if not_yet else real(*a, **k)
    )
    assert send(member, template, token) == (first, False)
    assert (not_yet, Message.objects.count()) == ([], 1)


def test_a_token_of_somebody_else_opens_nothing(member: Any, template: Any) -> None:
    message, _ = send(member, template)
    with pytest.raises(ValidationError):
        send(MemberFactory(club=member.club), template, message.token)
    assert Message.objects.count() == 1


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_a_gate_stops_it_before_it_is_queued_and_says_why(channel: str) -> None:
    template = MessageTemplateFactory(as_email=channel == "email")
    member = MemberFactory(club=template.club)
    ConsentRecordFactory(member=member, channel=channel)
    seen = preview(member=member, template=template, now=NOW)
    assert (
        seen.stopped
        == {
            "sms": "Opted out of texts with offers and news.",
            "email": "Opted out of e-mails with offers and news.",
        }[channel]
    )
    with pytest.raises(ValidationError, match="Opted out"):
        send(member, template)
    assert not Message.objects.exists()


def test_a_suppressed_address_and_a_missing_one_stop_it_too(member: Any, template: Any) -> None:
    SuppressionFactory(club=member.club, address=member.phone)
    assert "suppression list" in preview(member=member, template=template, now=NOW).stopped
    nobody = MemberFactory(club=member.club, unreachable=True)
    assert preview(member=nobody, template=template, now=NOW).stopped == "No phone number."


def test_words_that_cannot_be_filled_are_refused_with_the_reason(member: Any) -> None:
    template = MessageTemplateFactory(club=member.club, text_body="Dear {{ trainer_name }}")
    seen = preview(member=member, template=template, now=NOW)
    assert seen.envelope is None
    assert "“The trainer's name”" in seen.stopped
    with pytest.raises(ValidationError, match="The trainer's name"):
        send(member, template)


def test_in_quiet_hours_it_is_queued_for_their_end(member: Any, template: Any) -> None:
    night = NOW.replace(hour=22)
    seen = preview(member=member, template=template, now=night)
    assert isinstance(seen.verdict, Wait)
    assert seen.stopped == ""
    message, _ = send(member, template, now=night)
    assert message.due_at == dt.datetime(2025, 9, 2, 8, tzinfo=dt.UTC)


def test_opting_out_between_queueing_and_leaving_still_counts(
    member: Any, template: Any, provider: Any
) -> None:
    message, _ = send(member, template)
    ConsentRecordFactory(member=member)
    deliver(clock=lambda: NOW)
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "opted_out")


def test_the_bell_is_rung_once(member: Any, template: Any) -> None:
    heard = []

    def listen(**_: Any) -> None:
        heard.append(1)

    message_queued.connect(listen)
    try:
        token = uuid.uuid4()
        send(member, template, token)
        send(member, template, token)
    finally:
        message_queued.disconnect(listen)
    assert heard == [1]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_instant_are_one_message(member: Any, template: Any) -> None:
    token, results, start = uuid.uuid4(), [], threading.Barrier(4)

    def click() -> None:
        try:
            start.wait()
            results.append(send(member, template, token)[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    assert Message.objects.count() == 1
