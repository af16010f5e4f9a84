"""The test to oneself: really sent, told in the provider's words, written down, and never more than a few a minute."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured

from messaging.channels.envelopes import Refused, Unknown
from messaging.models import Message
from tests.factories import MemberFactory, MessageTemplateFactory
from tests.messaging.admin.template_forms import editor_of, page, typed
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db

PHONE = "+41 79 123 45 67"


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()


@pytest.fixture
def transport(monkeypatch):
    scripted = ScriptedTransport()
    monkeypatch.setattr("messaging.operations.trial_sends.transport_for", lambda channel: scripted)
    return scripted


@pytest.fixture
def template():
    return MessageTemplateFactory(text_body="Hi {{ first_name }}")


@pytest.fixture
def editor(client, template):
    person = editor_of(template)
    client.force_login(person)
    return person


def send(client, template, **changes):
    return client.post(page(template, "test"), typed(template, **changes))


def test_the_typed_words_go_to_the_typed_phone_and_into_no_members_log(
    client, editor, template, transport, settings
):
    settings.TRANSPORT = "aws"
    member = MemberFactory(club=template.club, first_name="Aisha")
    said = send(client, template, text_body="Hey {{ first_name }}", _phone=PHONE, _member=member.pk)
    [envelope] = transport.asked
    assert (envelope.channel, envelope.address, envelope.text) == ("sms", "+41791234567", "Hey Aisha")
    assert "Accepted. Message id: provider-0" in said.content.decode()
    assert "Accepted is not delivered" in said.content.decode()
    assert not Message.objects.exists()
    template.refresh_from_db()
    assert template.text_body == "Hi {{ first_name }}"


def test_it_is_written_down_as_what_it_is(client, editor, template, transport):
    send(client, template, _phone=PHONE)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (editor, str(template.pk))
    assert entry.get_change_message().startswith("Sent a test to +41791234567. ")


def test_an_e_mail_goes_to_the_logins_own_address_whatever_else_is_posted(client, editor, transport):
    template = MessageTemplateFactory(club=editor.clubs.get(), as_email=True)
    send(client, template, _phone="x", email="else@mail.example", _member="")
    assert [envelope.address for envelope in transport.asked] == [editor.email]


def test_a_login_without_an_address_is_told_so(client, editor, transport):
    editor.email = ""
    editor.save()
    template = MessageTemplateFactory(club=editor.clubs.get(), as_email=True)
    assert "Your login has no e-mail address." in send(client, template).content.decode()
    assert transport.asked == []


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("", "like +41 79 123 45 67"),
        ("0791234567", "like +41 79 123 45 67"),
        ("+155555501", "No network could connect +155555501"),
        ("+41791234567,+41791234568", "like +41 79 123 45 67"),
    ],
)
def test_a_number_that_is_none_is_refused(client, editor, template, transport, phone, said):
    assert said in send(client, template, _phone=phone).content.decode()
    assert transport.asked == []
    assert not LogEntry.objects.exists()


def test_a_refusal_comes_in_the_providers_words_with_advice(client, editor, template, transport, settings):
    settings.TRANSPORT = "aws"
    transport.will_answer(Refused("MessageRejected: Email address is not verified."), Unknown("ReadTimeout"))
    said = send(client, template, _phone=PHONE).content.decode()
    assert "Refused: MessageRejected: Email address is not verified." in said
    assert "Verify the sender in SES" in said
    assert (
        "Nobody knows whether it was sent: ReadTimeout"
        in send(client, template, _phone=PHONE).content.decode()
    )
    assert LogEntry.objects.count() == 2


def test_practice_mode_says_that_nobody_receives_it(client, editor, template, settings):
    said = send(client, template, text_body="Hey {{ first_name }}", _phone=PHONE).content.decode()
    assert "Practice mode" in said
    assert "Hey John" in settings.MESSAGE_FILE.read_text()


def test_settings_that_do_not_work_are_no_error_page(client, editor, template, monkeypatch):
    def broken(channel):
        raise ImproperlyConfigured("No region.")

    monkeypatch.setattr("messaging.operations.trial_sends.transport_for", broken)
    assert "The settings do not work: No region." in send(client, template, _phone=PHONE).content.decode()


def test_nothing_leaves_while_the_kill_switch_is_on(client, editor, template, transport):
    template.club.sending_paused = True
    template.club.save()
    assert "Sending is paused for the club" in send(client, template, _phone=PHONE).content.decode()
    assert transport.asked == []
    assert not LogEntry.objects.exists()


def test_words_with_a_mistake_are_not_sent(client, editor, template, transport):
    said = send(client, template, text_body="{{ fist_name }}", _phone=PHONE).content.decode()
    assert "first mend what the preview says" in said
    assert transport.asked == []


def test_the_sixth_in_a_minute_waits_but_another_persons_does_not(client, editor, template, transport):
    codes = [send(client, template, _phone=PHONE).status_code for _number in range(6)]
    assert codes == [200] * 5 + [429]
    assert len(transport.asked) == 5
    client.force_login(editor_of(template))
    assert send(client, template, _phone=PHONE).status_code == 200


def test_it_is_no_page_to_open(client, editor, template, transport):
    assert client.get(page(template, "test"), typed(template, _phone=PHONE)).status_code == 405
    assert transport.asked == []


def test_it_takes_the_permission_to_change_templates(client, template, transport):
    client.force_login(editor_of(template, ("messaging.view_messagetemplate", "members.view_member")))
    assert send(client, template, _phone=PHONE).status_code == 403
    assert transport.asked == []


def test_templates_and_members_of_another_club_do_not_exist(client, editor, template, transport):
    theirs = MessageTemplateFactory()
    assert send(client, theirs, _phone=PHONE).status_code == 404
    assert send(client, template, _phone=PHONE, _member=MemberFactory().pk).status_code == 404
    assert transport.asked == []
