"""Each member gets the words of their language, the log says which, and each language is a version like any change."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import MessageTemplate
from messaging.operations.claims import claim
from messaging.operations.delivery import deliver, prepare
from messaging.operations.templates import restore_version, write_in
from messaging.operations.wording import envelope_of
from tests.factories import (
    NOW,
    ClubFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def template():
    return MessageTemplateFactory(club=ClubFactory(locale="en_GB"), text_body="Hello {{ first_name }}")


def write(template, language, **words):
    return write_in(template_id=template.pk, language=language, words=words or None, by=UserFactory())


def message_to(template, language, **member):
    return MessageFactory(
        template=template, member=MemberFactory(club=template.club, language=language, **member)
    )


@pytest.mark.django_db(transaction=True)
def test_each_gets_their_own_and_the_log_says_which(template):
    write(template, "de", text_body="Hallo {{ first_name }}")
    messages = {code: message_to(template, code) for code in ("", "de", "fr")}
    assert deliver(clock=lambda: NOW) == {"sent": 3}
    said = {}
    for code, message in messages.items():
        message.refresh_from_db()
        said[code] = (message.text_body, message.language, message.template_version)
    assert said == {"": ("Hello John", "en", 2), "de": ("Hallo John", "de", 2), "fr": ("Hello John", "en", 2)}


@pytest.mark.parametrize(
    ("language", "approved", "code"),
    [("", {}, "en"), ("pt", {}, "pt_BR"), ("pt", {"whatsapp_language": "pt_PT"}, "pt_PT"), ("de", {}, "de")],
)
def test_whatsapp_is_asked_for_the_code_that_meta_approved(template, language, approved, code):
    MessageTemplate.objects.update(channel="whatsapp", whatsapp_template="we_missed_you")
    if language:
        write(template, language, text_body="Oi {{ first_name }}", **approved)
    message = message_to(MessageTemplate.objects.get(), language, phone="+41791234567")
    message.channel = "whatsapp"
    assert envelope_of(message).language == code


def test_days_are_written_in_the_language(template):
    write(template, "de", text_body="Zuletzt {{ last_attended_at }}")
    template.text_body = "Last {{ last_attended_at }}"
    template.translations = {"de": {"text_body": "Zuletzt {{ last_attended_at }}"}}
    template.save()
    then = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)
    said = [envelope_of(message_to(template, code, last_attended_at=then)).text for code in ("", "de")]
    assert said == ["Last 1 March 2025", "Zuletzt 1. März 2025"]
    assert template.club.locale == "en_GB"


def test_several_languages_ask_the_database_no_more(template):
    write(template, "de", text_body="Hallo")

    def queries(codes):
        for code in codes:
            message_to(template, code)
        claimed = claim(NOW)
        with CaptureQueriesContext(connection) as asked:
            prepare(claimed, NOW)
        assert len(claimed) == len(codes)
        return len(asked)

    assert queries([""]) == queries(["de", "", "fr", "de", "de", "it"])


def test_writing_it_is_a_version_and_taking_it_away_another(template):
    write(template, "de", text_body="Hallo {{ full_name }}")
    template.refresh_from_db()
    assert (template.version, template.translations) == (2, {"de": {"text_body": "Hallo {{ full_name }}"}})
    assert template.placeholders == ["first_name", "full_name"]
    assert template.history.first().history_change_reason == "Written in German"
    write(template, "de")
    template.refresh_from_db()
    assert (template.version, template.translations) == (3, {})


def test_a_former_version_comes_back_in_all_its_languages(template):
    write(template, "de", text_body="Hallo")
    write(template, "de", text_body="Moin")
    version = template.history.get(version=2)
    restored = restore_version(template_id=template.pk, version=version, by=UserFactory())
    assert (restored.version, restored.translations) == (4, {"de": {"text_body": "Hallo"}})


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "Hallo {{ vorname }}"),
        ("de", "Hallo {{ first_name"),
        ("de", " "),
        ("en", "Hello"),
        ("tlh", "nuqneH"),
    ],
)
def test_what_could_not_be_sent_and_what_is_no_other_language_is_refused(template, language, words):
    with pytest.raises(ValidationError):
        write(template, language, text_body=words)
    assert MessageTemplate.objects.get().version == 1


def test_an_email_needs_a_subject_in_each_language():
    template = MessageTemplateFactory(as_email=True)
    with pytest.raises(ValidationError):
        write(template, "de", text_body="Hallo", subject=" ")
