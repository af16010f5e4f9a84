"""A former version comes back as the newest one, and the first words are never lost."""

import pytest
from django.core.exceptions import ValidationError

from messaging.models import MessageTemplate
from messaging.operations.templates import SaysThatAlready, keep_first_words, restore_version
from tests.factories import MessageTemplateFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_words_come_back_as_a_new_version_with_who_and_why() -> None:
    template = MessageTemplateFactory(text_body="Hello {{ first_name }}", name="Old name")
    template.name, template.text_body = "New name", "Bye"
    template.save()
    person = UserFactory()

    back = restore_version(template_id=template.pk, version=template.history.last(), by=person)

    assert (back.text_body, back.name, back.version, back.placeholders) == (
        "Hello {{ first_name }}",
        "New name",
        3,
        ["first_name"],
    )
    newest = back.history.first()
    assert (newest.history_user, newest.history_change_reason) == (person, "Version 1 brought back")
    assert back.history.count() == 3


def test_the_present_words_are_not_brought_back_again() -> None:
    template = MessageTemplateFactory()
    with pytest.raises(SaysThatAlready):
        restore_version(template_id=template.pk, version=template.history.get(), by=UserFactory())
    assert template.history.count() == 1


def test_words_that_could_not_be_sent_any_more_are_refused() -> None:
    template = MessageTemplateFactory(text_body="{{ gone_since }}")
    template.text_body = "Hi"
    template.save()
    with pytest.raises(ValidationError):
        restore_version(template_id=template.pk, version=template.history.last(), by=UserFactory())
    template.refresh_from_db()
    assert (template.text_body, template.version) == ("Hi", 2)


def test_the_first_words_of_one_that_came_ready_made_are_kept_once() -> None:
    template = MessageTemplateFactory(text_body="As it came")
    MessageTemplate.history.all().delete()
    keep_first_words(template_id=template.pk)
    keep_first_words(template_id=template.pk)
    kept = template.history.get()
    assert (kept.text_body, kept.version, kept.history_user) == ("As it came", 1, None)
