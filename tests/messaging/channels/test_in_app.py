"""In-app messages have arrived by being stored: with title, words and link, as the member will find them."""

import datetime as dt

import pytest

from messaging.channels import transport_for
from messaging.models import Message
from messaging.operations.delivery import deliver
from messaging.operations.outbox import queue_messages
from messaging.operations.wording import Unfilled, envelope_of
from tests.factories import NOW, ConsentRecordFactory, MemberFactory, MessageTemplateFactory

pytestmark = pytest.mark.django_db
PATIENCE = dt.timedelta(hours=1)


def queued(member=None, **words):
    member = member or MemberFactory(phone="", email="")
    template = MessageTemplateFactory(
        club=member.club,
        channel="in_app",
        **{"title": "Hello {{ first_name }}", "text_body": "Nice.", "action_url": "{{ booking_link }}"}
        | words,
    )
    [message] = queue_messages(
        template=template, recipients=[(member, {})], origin="x", now=NOW, patience=PATIENCE
    )
    return message


@pytest.mark.parametrize("transport", ["console", "aws"])
def test_it_reaches_whoever_has_neither_phone_nor_mail_and_keeps_title_and_link(transport, settings):
    settings.TRANSPORT = transport
    queued()
    deliver(clock=lambda: NOW)
    message = Message.objects.get()
    assert (message.status, message.subject, message.text_body, message.action_url) == (
        "sent",
        "Hello John",
        "Nice.",
        "https://book.example/",
    )
    assert message.address == message.member.external_id


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "book.example", "//book.example"]
)
def test_a_link_that_is_no_web_address_is_refused(link):
    with pytest.raises(Unfilled, match="https"):
        envelope_of(queued(action_url=link))


def test_without_a_link_there_is_none():
    assert envelope_of(queued(action_url="")).action_url == ""


def test_whoever_opted_out_of_it_gets_none():
    message = queued()
    ConsentRecordFactory(member=message.member, channel="in_app")
    deliver(clock=lambda: NOW)
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "opted_out")


def test_the_console_shows_title_and_link(settings, capsys):
    transport_for("in_app").send(envelope_of(queued()))
    assert capsys.readouterr().out == (
        "To: John (In-app)\nTitle: Hello John\nBody: Nice.\nLink: https://book.example/\n\n"
    )
