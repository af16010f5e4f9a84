"""In which language a member is written to: theirs, else the club's, else the template's own."""

import pytest

from members.models import Club, Member
from messaging.models import MessageTemplate
from messaging.rules.languages import code_at_meta, in_language, language_for, own_language, written_to_in
from tests.factories import MemberFactory

GERMAN, FRENCH = {"text_body": "Hallo {{ first_name }}"}, {"text_body": "Salut {{ first_name }}"}


TABLE = pytest.mark.parametrize(
    ("member", "club", "own", "others", "language"),
    [
        ("", "en_GB", "", {}, "en"),
        ("de", "en_GB", "", {}, "en"),
        ("de", "en_GB", "", {"de": GERMAN}, "de"),
        ("fr", "en_GB", "", {"de": GERMAN}, "en"),
        ("", "de_CH", "en", {"de": GERMAN}, "de"),
        ("fr", "de_CH", "en", {"de": GERMAN}, "de"),
        ("fr", "de_CH", "en", {}, "en"),
        ("en", "de_CH", "en", {"de": GERMAN}, "en"),
        ("fr", "de_CH", "en", {"de": GERMAN, "fr": FRENCH}, "fr"),
    ],
)


@TABLE
def test_the_members_then_the_clubs_then_the_templates(member, club, own, others, language):
    template = MessageTemplate(channel="sms", text_body="Hello", language=own, translations=others)
    found = language_for(template, Member(language=member), Club(locale=club))
    assert found == language
    assert in_language(template, found).text_body == others.get(language, {"text_body": "Hello"})["text_body"]


@TABLE
@pytest.mark.django_db
def test_who_is_counted_for_a_language_is_who_gets_it(member, club, own, others, language):
    person = MemberFactory(club__locale=club, language=member)
    template = MessageTemplate(channel="sms", text_body="Hello", language=own, translations=others)
    told = {own_language(template, person.club), *others}
    counted = {
        code for code in told if Member.objects.filter(written_to_in(template, code, person.club)).exists()
    }
    assert counted == {language}


def test_each_language_is_made_once_for_a_whole_batch():
    template = MessageTemplate(channel="sms", text_body="Hello", translations={"de": GERMAN})
    assert in_language(template, "de") is in_language(template, "de")
    assert in_language(template, "en") is template


def test_each_language_has_a_code_of_its_own_at_meta():
    approved = {"pt": {"text_body": "Oi", "whatsapp_language": "pt_PT"}, "de": GERMAN}
    template = MessageTemplate(
        channel="whatsapp", text_body="Hi", whatsapp_language="en_US", translations=approved
    )
    codes = {code: in_language(template, code).whatsapp_language for code in ("en", "pt", "de")}
    assert codes == {"en": "en_US", "pt": "pt_PT", "de": ""}


@pytest.mark.parametrize(
    ("language", "locale", "code"),
    [
        ("en", "en_GB", "en"),
        ("de", "de_CH", "de"),
        ("pt", "en_GB", "pt_BR"),
        ("pt", "pt_BR", "pt_BR"),
        ("pt", "pt_PT", "pt_PT"),
        ("de", "pt_PT", "de"),
    ],
)
def test_a_language_that_meta_has_by_country_alone_is_the_clubs_or_the_most_spoken(language, locale, code):
    assert code_at_meta(language, Club(locale=locale)) == code
