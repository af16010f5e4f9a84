"""A template: what it may say, what it uses, and a version for each change of its words."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from messaging.models import MessageTemplate
from tests.factories import MessageTemplateFactory

pytestmark = pytest.mark.django_db


def test_it_notes_the_placeholders_that_it_uses() -> None:
    template = MessageTemplateFactory.build(
        as_email=True, text_body="{{first_name}}, {{ member_email }}", html_body="<b>{{ club_name }}</b>"
    )
    template.clean()
    assert template.placeholders == ["club_name", "email", "first_name"]


@pytest.mark.parametrize("field", MessageTemplate.WORDS)
def test_words_that_could_not_be_filled_are_refused_in_their_field(field: str) -> None:
    template = MessageTemplateFactory.build(as_email=True)
    setattr(template, field, "Hey {{ frist_name }}")
    with pytest.raises(ValidationError) as refused:
        template.clean()
    assert list(refused.value.message_dict) == [field]
    assert "first_name" in refused.value.message_dict[field][0]


@pytest.mark.parametrize("subject", ["", "   "])
def test_an_email_needs_a_subject_and_a_text_does_not(subject: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MessageTemplateFactory.build(as_email=True, subject=subject).clean()
    assert list(refused.value.message_dict) == ["subject"]
    MessageTemplateFactory.build(subject=subject).clean()


@pytest.mark.parametrize(
    ("change", "version"),
    [
        ({}, 1),
        ({"name": "New name"}, 1),
        ({"text_body": "New words"}, 2),
        ({"html_body": "<p>", "subject": "New"}, 2),
    ],
)
def test_only_a_change_of_the_words_is_a_new_version(change: dict[str, Any], version: int) -> None:
    template = MessageTemplateFactory(as_email=True)
    for field, value in change.items():
        setattr(template, field, value)
    template.save()
    assert MessageTemplate.objects.get().version == version


def test_a_copy_held_since_before_still_makes_the_next_version() -> None:
    first = MessageTemplateFactory()
    second = MessageTemplate.objects.get()
    for copy, words in ((first, "one"), (second, "two")):
        copy.text_body = words
        copy.save()
    assert MessageTemplate.objects.get().version == 3


def test_its_short_name_is_unique_in_its_club_only() -> None:
    template = MessageTemplateFactory(slug="hello")
    MessageTemplateFactory(slug="hello")
    assert MessageTemplate.objects.get_by_natural_key(*template.natural_key()) == template
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageTemplateFactory(slug="hello", club=template.club)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from_name", "Gym {{ club_name }}"),
        ("from_name", "{% if x %}Gym{% endif %}"),
        ("action_url", "javascript:alert(1)"),
        ("action_url", "book now"),
        ("icon", "<script>"),
        ("icon", "Fitness center"),
    ],
)
def test_what_could_only_go_out_wrong_is_refused_in_its_field(field: str, value: str) -> None:
    template = MessageTemplateFactory(channel="in_app", title="News")
    setattr(template, field, value)
    with pytest.raises(ValidationError) as refused:
        template.full_clean()
    assert set(refused.value.message_dict) == {field}


@pytest.mark.parametrize("link", ["", "https://club.example", "{{ booking_link }}"])
def test_a_link_may_be_an_address_or_a_placeholder(link: str) -> None:
    template = MessageTemplateFactory(channel="in_app", title="News", action_url=link, icon="fitness_center")
    template.full_clean()
