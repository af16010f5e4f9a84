"""Beside the words in another language stands what stands beside the template's own: price, warnings, a test to oneself."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.urls import reverse

from members.models import Club
from messaging.models import MessageTemplate
from tests.factories import ClubFactory, MemberFactory, MessageTemplateFactory
from tests.members.admin.world import staff_of
from tests.messaging.admin.template_forms import editor_of, page, typed
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()


@pytest.fixture
def template():
    return MessageTemplateFactory(club=ClubFactory(locale="en_GB"), text_body="Hello {{ first_name }}")


@pytest.fixture
def editor(client, template):
    person = editor_of(template)
    client.force_login(person)
    return person


def url(template, name="language_preview", code="de"):
    return reverse(f"admin:messaging_messagetemplate_{name}", args=[template.pk, code])


def shown(client, template, text, **more):
    answer = client.post(url(template), {"text_body": text, **more})
    return " ".join(answer.content.decode().split())


def test_parts_price_and_dear_characters_are_told(client, editor, template):
    Club.objects.update(sms_part_price=50_000)
    said = shown(client, template, "Hallo „du“ " + "o" * 80)
    assert "2 parts, US$0.10" in said
    assert "Replace “ by" in said


def test_the_line_that_is_added_is_shown_and_an_email_is_warned_of(client, editor, template):
    Club.objects.update(sms_sender="GYM")
    assert "Stop: http" in shown(client, template, "Hallo")
    email = MessageTemplateFactory(club=template.club, as_email=True, text_body="{{ unsubscribe_link }}")
    said = shown(client, email, "Hallo", subject="Hallo")
    assert "Nothing in “Text” says how to opt out." in said


def test_only_members_who_get_it_in_this_language_are_counted(client, editor, template):
    for language, last_name in [("de", ""), ("de", "Frei"), ("", ""), ("fr", "")]:
        MemberFactory(club=template.club, language=language, last_name=last_name)
    warns = "“Last name” is empty for 1 of 2 members, who would not get this."
    assert warns in shown(client, template, "Hallo {{ last_name }}")
    template.translations = {"de": {"text_body": "Hallo"}}
    template.save()
    own = client.post(page(template, "preview"), typed(template, text_body="Hello {{ last_name }}"))
    assert "is empty for all 2 members: nobody would get this." in own.content.decode()


def test_it_is_filled_as_it_would_be_for_the_member(client, editor, template):
    then = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)
    member = MemberFactory(club=template.club, language="de", last_attended_at=then)
    said = shown(client, template, "Zuletzt {{ last_attended_at }}", _member=member.pk)
    assert "Zuletzt 1. März 2025" in said
    assert "gets it in" not in said


def test_words_of_a_language_that_is_not_the_clubs_have_its_days(client, editor, template):
    then = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)
    member = MemberFactory(club=template.club, last_attended_at=then)
    form = typed(template, language="fr", text_body="Le {{ last_attended_at }}", _member=member.pk)
    assert "Le 1 mars 2025" in client.post(page(template, "preview"), form).content.decode()


def test_a_member_who_gets_other_words_is_said_to(client, editor, template):
    template.translations = {"de": {"text_body": "Hallo"}}
    template.save()
    german = MemberFactory(club=template.club, language="de")
    french = MemberFactory(club=template.club, language="fr")
    own = client.post(page(template, "preview"), typed(template, _member=german.pk)).content.decode()
    assert "John Doe gets it in German, not in these words." in own
    assert "John Doe gets it in English, not in these words." in shown(
        client, template, "Hallo", _member=french.pk
    )


@pytest.fixture
def transport(monkeypatch):
    scripted = ScriptedTransport()
    monkeypatch.setattr("messaging.operations.trial_sends.transport_for", lambda channel: scripted)
    return scripted


def test_a_test_goes_to_oneself_in_the_typed_words(client, editor, template, transport):
    form = {"text_body": "Hallo {{ first_name }}", "_phone": "+41 79 123 45 67"}
    assert client.post(url(template, "language_test"), form).status_code == 200
    [envelope] = transport.asked
    assert (envelope.address, envelope.text) == ("+41791234567", "Hallo John")
    assert MessageTemplate.objects.get().translations == {}


def test_a_test_of_an_approved_template_names_its_language(client, editor, template, transport):
    template.channel, template.whatsapp_template = "whatsapp", "hello"
    template.save()
    client.post(url(template, "language_test"), {"text_body": "Hallo", "_phone": "+41791234567"})
    assert transport.asked[0].language == "de"


def test_what_could_not_be_sent_is_not_tried(client, editor, template, transport):
    answer = client.post(url(template, "language_test"), {"text_body": "Hallo {{ vorname }}"})
    assert "first mend what the preview says" in answer.content.decode()
    assert not transport.asked


def test_who_may_only_look_sees_what_is_kept_and_sends_nothing(client, template, transport):
    template.translations = {"de": {"text_body": "Hallo"}}
    template.save()
    client.force_login(staff_of(template.club, permissions=("messaging.view_messagetemplate",)))
    said = shown(client, template, "Something else")
    assert "Hallo" in said
    assert "Something else" not in said
    assert client.post(url(template, "language_test"), {"text_body": "x"}).status_code == 403
    assert "preview-send" not in client.get(url(template, "language")).content.decode()
    assert client.post(url(template, "language_preview", "en")).status_code == 404
