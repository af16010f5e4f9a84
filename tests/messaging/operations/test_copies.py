"""Other words for one message: checked like a template, sent instead, and only there."""

import pytest
from django.core.exceptions import ValidationError

from messaging.operations.copies import edit_copy
from messaging.operations.delivery import deliver
from messaging.operations.settling import NotPossible
from tests.factories import NOW, MemberFactory, MessageFactory, MessageTemplateFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana():
    return UserFactory(first_name="Ana", last_name="Ruiz")


def edit(message, by, **words):
    return edit_copy(message_id=message.pk, words=words, by=by, now=NOW)


def test_only_this_message_says_it(ana):
    template = MessageTemplateFactory(text_body="Hello {{ first_name }}")
    one, other = (MessageFactory(template=template, member=MemberFactory(club=template.club)) for _ in "ab")
    edit(one, ana, text_body="Get well soon, {{ first_name }}!")
    assert deliver(clock=lambda: NOW) == {"sent": 2}
    one.refresh_from_db()
    other.refresh_from_db()
    template.refresh_from_db()
    assert (one.text_body, other.text_body) == ("Get well soon, John!", "Hello John")
    assert (template.text_body, template.version) == ("Hello {{ first_name }}", 1)
    assert one.events.first().detail == "Ana Ruiz: changed the words of this one message."


@pytest.mark.parametrize("words", ["Hi {{ nickname }}", "Hi {{ first_name", "{{ first_name.upper() }}", " "])
def test_words_that_no_template_could_have_are_refused(ana, words):
    message = MessageFactory()
    with pytest.raises(ValidationError):
        edit(message, ana, text_body=words)
    message.refresh_from_db()
    assert message.own_words is None


def test_fields_that_its_channel_does_not_send_are_left_out(ana):
    message = edit(MessageFactory(), ana, text_body="Hi", subject="Nobody sees this", slug="no")
    assert message.own_words == {"text_body": "Hi"}


@pytest.mark.parametrize("status", ["sending", "sent", "unknown"])
def test_what_left_is_not_changed_any_more(ana, status):
    with pytest.raises(NotPossible):
        edit(MessageFactory(status=status), ana, text_body="Hi")


def test_a_worker_that_prepared_the_old_words_cannot_send_them(ana, monkeypatch):
    from messaging.operations import delivery

    message = MessageFactory()
    real = delivery._keep_words

    def edited_meanwhile(ready):
        real(ready)
        monkeypatch.setattr(delivery, "_keep_words", real)
        edit(message, ana, text_body="Other words")

    monkeypatch.setattr(delivery, "_keep_words", edited_meanwhile)
    deliver(clock=lambda: NOW)
    deliver(clock=lambda: NOW)
    message.refresh_from_db()
    assert (message.status, message.text_body) == ("sent", "Other words")
