"""What was sent is sent once more: a new message, once for each token, with its trace in both stories."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from messaging.models import Message, MessageTemplate
from messaging.operations.delivery import deliver
from messaging.operations.sending_again import send_again
from tests.factories import (
    NOW,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent() -> Message:
    template = MessageTemplateFactory(text_body="Hi {{ first_name }}, {{ days_away }} days!")
    return MessageFactory(
        member=MemberFactory(club=template.club, first_name="Ana", days_away=9),
        template=template,
        status="sent",
        sent_at=NOW,
        origin="missed-class",
        context={"days_away": "7"},
        text_body="Hi Ana, 7 days!",
    )


def again(message: Message, **others: Any) -> tuple[Message, bool]:
    given = {"token": uuid.uuid4(), "by": UserFactory(first_name="Anna", last_name="Smith"), "now": NOW}
    return send_again(message=message, **given | others)


def test_it_is_a_message_of_its_own_with_the_values_of_the_first(sent: Message) -> None:
    person = UserFactory()
    new, is_new = again(sent, by=person)
    assert is_new
    assert new.pk != sent.pk
    assert (new.status, new.origin, new.asked_by_id, new.member) == (
        "queued",
        "by hand",
        person.pk,
        sent.member,
    )
    assert deliver(clock=lambda: NOW) == {"sent": 1}
    new.refresh_from_db()
    assert new.text_body == "Hi Ana, 7 days!"
    sent.refresh_from_db()
    assert (sent.status, sent.origin, sent.sent_at) == ("sent", "missed-class", NOW)


def test_words_written_for_this_member_alone_are_sent_again_too(sent: Message) -> None:
    sent.own_words = {"text_body": "Ana, your towel is here."}
    sent.save()
    new, _ = again(sent)
    deliver(clock=lambda: NOW)
    new.refresh_from_db()
    assert new.text_body == "Ana, your towel is here."


def test_both_stories_say_who_did_it(sent: Message) -> None:
    new, _ = again(sent)
    assert sent.events.get().detail == f"Anna Smith: sent again, as message {new.pk}."
    said = new.events.get().detail
    assert said.startswith("Anna Smith: sent again what had left on ")
    assert said.endswith(f"message {sent.pk}.")


def test_a_second_press_makes_no_second_message(sent: Message) -> None:
    token = uuid.uuid4()
    first, _ = again(sent, token=token)
    assert again(sent, token=token) == (first, False)
    assert Message.objects.count() == 2
    assert sent.events.count() == 1


def test_a_gate_stops_it_as_any_other(sent: Message) -> None:
    ConsentRecordFactory(member=sent.member)
    with pytest.raises(ValidationError, match="Opted out"):
        again(sent)
    assert Message.objects.count() == 1
    assert not sent.events.exists()


@pytest.mark.parametrize(
    "changes", [{"status": "unknown"}, {"status": "failed"}, {"status": "queued"}, {"blanked_at": NOW}]
)
def test_what_did_not_leave_or_has_no_words_is_not_sent_again(sent: Message, changes: dict[str, Any]) -> None:
    Message.objects.update(**changes)
    with pytest.raises(ValidationError, match="Only what was sent"):
        again(Message.objects.get())


def test_without_its_template_or_its_member_there_is_nothing_to_send(sent: Message) -> None:
    sent.member.erased_at = NOW
    with pytest.raises(ValidationError, match="Only what was sent"):
        again(sent)
    MessageTemplate.objects.all().delete()
    with pytest.raises(ValidationError, match="Only what was sent"):
        again(Message.objects.get())
