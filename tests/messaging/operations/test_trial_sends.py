"""A test goes through the configured transport, leaves no message behind, and not to whom the club must not write."""

import pytest

from messaging.channels.envelopes import Sent
from messaging.models import Message, SendingSwitch
from messaging.operations.trial_sends import NotTried, send_trial
from messaging.operations.wording import Words
from tests.factories import ClubFactory, MessageTemplateFactory, SuppressionFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db


@pytest.fixture
def transport(monkeypatch):
    scripted = ScriptedTransport()
    monkeypatch.setattr("messaging.operations.trial_sends.transport_for", lambda channel: scripted)
    return scripted


def tried(template, address):
    return send_trial(
        template=template,
        club=template.club,
        words=Words("Hello", "Hi Anna", "<p>Hi Anna</p>"),
        first_name="Anna",
        address=address,
    )


def test_a_text_carries_the_clubs_sender(transport) -> None:
    template = MessageTemplateFactory(club__sms_sender="Riverside")
    assert isinstance(tried(template, "+41791234567"), Sent)
    [envelope] = transport.asked
    assert (envelope.address, envelope.text, envelope.sms_sender, envelope.subject) == (
        "+41791234567",
        "Hi Anna",
        "Riverside",
        "",
    )
    assert not Message.objects.exists()


def test_whatsapp_is_asked_for_the_template_in_its_own_language(transport) -> None:
    for code in ("", "pt_PT"):
        tried(
            MessageTemplateFactory(channel="whatsapp", club__locale="pt_BR", whatsapp_language=code),
            "+41791234567",
        )
    assert [envelope.language for envelope in transport.asked] == ["pt_BR", "pt_PT"]


def test_an_e_mail_says_that_it_is_a_test_and_offers_no_way_out(transport) -> None:
    template = MessageTemplateFactory(as_email=True, from_name="Ana", from_email="ana@club.example")
    tried(template, "me@club.example")
    [envelope] = transport.asked
    assert (envelope.subject, envelope.html, envelope.from_name, envelope.from_email) == (
        "Test: Hello",
        "<p>Hi Anna</p>",
        "Ana",
        "ana@club.example",
    )
    assert envelope.unsubscribe_url == ""


def test_nothing_leaves_while_the_kill_switch_is_on(transport) -> None:
    template = MessageTemplateFactory(club=ClubFactory(sending_paused=True))
    with pytest.raises(NotTried, match="paused"):
        tried(template, "+41791234567")
    assert transport.asked == []


def test_nothing_leaves_while_sending_is_paused_for_all_clubs(transport) -> None:
    SendingSwitch.objects.create(is_paused=True)
    with pytest.raises(NotTried, match="for all clubs"):
        tried(MessageTemplateFactory(), "+41791234567")
    assert transport.asked == []


@pytest.mark.parametrize(("channel", "address"), [("sms", "+41791234567"), ("email", "Me@Club.example")])
def test_an_address_that_the_club_must_not_write_to_is_left_alone(transport, channel, address) -> None:
    template = MessageTemplateFactory(channel=channel, subject="Hi")
    SuppressionFactory(club=template.club, channel=channel, address=address)
    with pytest.raises(NotTried, match="suppression list"):
        tried(template, address)
    assert transport.asked == []
