"""The versions of a template: read word by word, brought back by a button."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.urls import reverse

from messaging.models import MessageReceipt, MessageTemplate
from tests.factories import NOW, MemberFactory, MessageFactory, MessageTemplateFactory
from tests.messaging.admin.template_forms import EDITS, editor_of, page, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def template():
    template = MessageTemplateFactory(text_body="Hi {{ first_name }}, come back")
    template.text_body = "Hello {{ first_name }}, come back\r\nsoon"
    template.save()
    return template


@pytest.fixture
def editor(client, template):
    person = editor_of(template)
    client.force_login(person)
    return person


def restore(template, version):
    name = "admin:messaging_messagetemplate_restore"
    return reverse(name, args=[template.pk, version.history_id])


def shown(client, template):
    return " ".join(client.get(page(template, "history")).content.decode().split())


def test_what_changed_stands_as_added_and_removed(client, editor, template):
    versions = shown(client, template)
    assert '<del><span class="rollcall-unseen">removed: </span>Hi</del>' in versions
    assert (
        '<ins><span class="rollcall-unseen">added: </span>Hello</ins> {{ first_name }}, come back' in versions
    )
    assert versions.index("Version 2") < versions.index("Version 1")


def test_who_changed_it_is_named(client, editor, template):
    editor.first_name, editor.last_name = "Ana", "Ruiz"
    editor.save()
    client.post(page(template, "change"), typed(template, text_body="Bye"))
    assert ", Ana Ruiz" in shown(client, template)


def test_how_a_browser_ends_lines_is_no_new_version(client, editor, template):
    client.post(page(template, "change"), typed(template, text_body="Hello\r\nyou"))
    client.post(page(template, "change"), typed(template, text_body="Hello\r\nyou", name="Other"))
    template.refresh_from_db()
    assert (template.text_body, template.version, template.name) == ("Hello\nyou", 3, "Other")
    assert "Other" in shown(client, template)


def test_the_first_words_of_one_that_came_ready_made_are_in_the_list(client, editor, template):
    MessageTemplate.history.all().delete()
    client.post(page(template, "change"), typed(template, text_body="Bye"))
    assert [one.text_body for one in template.history.all()] == [
        "Bye",
        "Hello {{ first_name }}, come back\r\nsoon",
    ]
    first = template.history.last()
    assert (first.history_user, first.history_change_reason) == (None, "As it came ready made")
    assert template.history.first().history_user == editor
    assert "As it came ready made" in shown(client, template)


def test_a_version_is_brought_back_as_a_new_one(client, editor, template):
    answer = client.post(restore(template, template.history.last()), follow=True)
    assert "Version 1 is back, as version 3." in answer.content.decode()
    template.refresh_from_db()
    assert (template.text_body, template.version) == ("Hi {{ first_name }}, come back", 3)
    assert template.history.first().history_user == editor
    assert "Version 1 brought back" in shown(client, template)


def test_the_present_words_are_neither_offered_nor_brought_back_again(client, editor, template):
    present = template.history.first()
    assert restore(template, present) not in shown(client, template)
    assert restore(template, template.history.last()) in shown(client, template)
    answer = client.post(restore(template, present), follow=True)
    assert "The template says that already." in answer.content.decode()
    assert template.history.count() == 2


def test_words_that_could_not_be_sent_any_more_are_refused_with_the_reason(client, editor, template):
    MessageTemplate.history.filter(version=1).update(text_body="{{ gone_since }}")
    answer = client.post(restore(template, template.history.last()), follow=True)
    assert (
        "These words could not be sent any more: Line 1: “gone_since” is not a placeholder."
        in answer.content.decode()
    )
    template.refresh_from_db()
    assert template.version == 2


def test_looking_changes_nothing(client, editor, template):
    assert client.get(restore(template, template.history.last())).status_code == 405
    assert template.history.count() == 2


def test_whoever_may_only_look_is_not_offered_it_and_cannot_do_it(client, template):
    client.force_login(editor_of(template, ("messaging.view_messagetemplate",)))
    first = template.history.last()
    assert restore(template, first) not in shown(client, template)
    assert client.post(restore(template, first)).status_code == 403
    assert template.history.count() == 2


def test_a_template_or_a_version_of_another_does_not_exist(client, editor, template):
    theirs = MessageTemplateFactory()
    assert client.post(restore(theirs, theirs.history.first())).status_code == 404
    assert client.post(restore(template, theirs.history.first())).status_code == 404


def test_many_versions_cost_as_many_queries_as_few(client, template, django_assert_num_queries):
    client.force_login(editor_of(template, EDITS))
    shown(client, template)
    for count in (2, 12):
        for number in range(count):
            template.text_body = f"{count} {number}"
            template.save()
        with django_assert_num_queries(13):
            shown(client, template)


# --- What became of each ---------------------------------------------------------------------------
def with_words(template, version, **fields):
    member = MemberFactory(club=template.club)
    return MessageFactory(
        member=member,
        template=template,
        template_version=version,
        **{"status": "sent", "created_at": NOW} | fields,
    )


def test_each_version_says_how_often_its_links_were_followed(client, editor, template):
    editor.user_permissions.add(Permission.objects.get(codename="view_message"))
    for version, clicked_at in [(1, None), (1, None), (1, NOW), (2, NOW)]:
        with_words(template, version, clicked_at=clicked_at, opened_at=clicked_at)
    with_words(template, 2, status="failed", clicked_at=NOW)
    with_words(template, 2, created_at=NOW - dt.timedelta(days=91), clicked_at=NOW)
    with time_machine.travel(NOW, tick=False):
        versions = shown(client, template)
    newer, older = versions.split("Version 1", 1)
    assert "1 left with these words: 1 opened, 1 with a link followed (100 %)." in newer
    assert "3 left with these words: 1 opened, 1 with a link followed (33 %)." in older


def test_what_was_followed_on_the_members_own_page_counts_too(client, editor, template):
    editor.user_permissions.add(Permission.objects.get(codename="view_message"))
    MessageReceipt.objects.create(message=with_words(template, 2), read_at=NOW, followed_at=NOW)
    with time_machine.travel(NOW, tick=False):
        assert "1 opened, 1 with a link followed" in shown(client, template)


def test_whoever_may_not_see_messages_is_told_none_of_it(client, editor, template):
    with_words(template, 2)
    with time_machine.travel(NOW, tick=False):
        assert "left with these words" not in shown(client, template)
