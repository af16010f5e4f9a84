"""The page of a template in another language: shown, checked, kept, taken away, and who may."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.models import MessageTemplate
from tests.factories import ClubFactory, MemberFactory, MessageFactory, MessageTemplateFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def template():
    return MessageTemplateFactory(club=ClubFactory(locale="en_GB"), text_body="Hello {{ first_name }}")


def url(template, code="de", name="language"):
    return reverse(f"admin:messaging_messagetemplate_{name}", args=[template.pk, code])


def page(template):
    return reverse("admin:messaging_messagetemplate_change", args=[template.pk])


def words(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_it_is_written_beside_the_own_words_and_kept(admin_client, template):
    assert "Hello {{ first_name }}" in words(admin_client.get(url(template)))
    shown = words(admin_client.post(url(template), {"text_body": "Hallo {{ first_name }}"}, follow=True))
    assert "Kept as version 2." in shown
    assert ">German</a>" in shown
    form = admin_client.get(url(template)).context["form"]
    assert form["text_body"].value() == "Hallo {{ first_name }}"


def test_what_is_wrong_is_said_and_nothing_is_kept(admin_client, template):
    assert "vorname" in words(admin_client.post(url(template), {"text_body": "Hallo {{ vorname }}"}))
    assert MessageTemplate.objects.get().translations == {}


def test_the_code_at_meta_is_asked_for_with_the_one_that_is_meant_if_empty(admin_client, template):
    MessageTemplate.objects.update(
        channel="whatsapp", whatsapp_template="we_missed_you", whatsapp_language="en_US"
    )
    shown = words(admin_client.get(url(template, "pt")))
    assert "By which Meta approved these words; pt_BR if empty." in shown
    assert 'value="en_US"' not in shown
    typed = {"text_body": "Oi {{ first_name }}", "whatsapp_language": "Portuguese"}
    assert "Like en or en_US." in words(admin_client.post(url(template, "pt"), typed))
    admin_client.post(url(template, "pt"), typed | {"whatsapp_language": "pt_PT"})
    assert MessageTemplate.objects.get().translations == {
        "pt": {"text_body": "Oi {{ first_name }}", "whatsapp_language": "pt_PT"}
    }


def test_the_preview_shows_what_is_typed_and_writes_nothing(admin_client, template):
    preview = url(template, name="language_preview")
    assert "Hallo John" in words(admin_client.post(preview, {"text_body": "Hallo {{ first_name }}"}))
    assert "vorname" in words(admin_client.post(preview, {"text_body": "Hallo {{ vorname }}"}))
    assert admin_client.get(preview).status_code == 405
    assert MessageTemplate.objects.get().translations == {}


def test_it_is_taken_away_and_the_versions_tell(admin_client, template):
    admin_client.post(url(template), {"text_body": "Hallo"})
    admin_client.post(url(template), {"_drop": "1"})
    assert MessageTemplate.objects.get().translations == {}
    told = words(admin_client.get(reverse("admin:messaging_messagetemplate_history", args=[template.pk])))
    for said in ("Written in German", "German taken away", "German: Hallo"):
        assert said in told


def test_neither_the_own_language_nor_one_nobody_knows(admin_client, template):
    assert admin_client.get(url(template, "en")).status_code == 404
    assert admin_client.get(url(template, "tlh")).status_code == 404


def test_who_may_only_look_is_shown_it_and_changes_nothing(client, template):
    client.force_login(staff_of(template.club, permissions=("messaging.view_messagetemplate",)))
    assert "Keep it" not in words(client.get(url(template)))
    assert client.post(url(template), {"text_body": "Hallo"}).status_code == 403
    client.force_login(staff_of(ClubFactory()))
    assert client.get(url(template)).status_code == 404


def test_the_page_of_a_message_says_the_language(admin_client, template):
    message = MessageFactory(
        template=template, member=MemberFactory(club=template.club), language="de", template_version=1
    )
    shown = words(admin_client.get(reverse("admin:messaging_message_change", args=[message.pk])))
    assert "version 1, in German" in shown


def test_it_says_how_many_members_speak_each_language(admin_client, template):
    for language, status in [
        ("de", "active"),
        ("de", "frozen"),
        ("de", "canceled"),
        ("fr", "active"),
        ("", "active"),
    ]:
        MemberFactory(club=template.club, language=language, membership_status=status)
    MemberFactory(language="de")
    shown = words(admin_client.get(page(template)))
    assert "English (1 member)" in shown
    assert "German</a> (2 members)" in shown
    assert "French</a> (1 member)" in shown
    assert "Italian</a> (" not in shown
    # Those that somebody speaks come first.
    assert shown.index(">German</a>") < shown.index(">French</a>") < shown.index(">Italian</a>")
    admin_client.post(url(template), {"text_body": "Hallo"})
    assert "English (1 member), <a" in words(admin_client.get(page(template)))


def test_counting_them_is_one_query(admin_client, template):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(page(template)).status_code == 200
        return sum("members_member" in one["sql"] and "GROUP BY" in one["sql"] for one in captured)

    for language in ("de", "fr", "it"):
        MemberFactory(club=template.club, language=language)
    assert queries() == 1
