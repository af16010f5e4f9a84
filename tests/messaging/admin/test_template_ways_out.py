"""The preview warns of what does not say how to opt out."""

import re

import pytest
from django.urls import reverse

from members.models import Club
from tests.factories import ClubFactory, MessageTemplateFactory
from tests.messaging.admin.template_forms import editor_of, page, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def template():
    return MessageTemplateFactory(club=ClubFactory(), text_body="Hi {{ first_name }}")


@pytest.fixture
def editor(client, template):
    person = editor_of(template)
    client.force_login(person)
    return person


def preview(client, template, **changes):
    return " ".join(
        client.post(page(template, "preview"), typed(template, **changes)).content.decode().split()
    )


@pytest.mark.parametrize(
    ("text", "html", "where"),
    [
        ("Hi", "", "Text"),
        ("Hi", "<p>Hi</p>", "HTML” or “Text"),
        ("", "<p>Hi</p>", "HTML"),
        ("Hi {{ unsubscribe_link }}", "", ""),
        ("", "<a href='{{ unsubscribe_link }}'>No more</a>", ""),
        ("Hi {{unsubscribe_link}}", "<p>Hi</p>", "HTML"),
        ("Hi", "<a href='{{ unsubscribe_link }}'>No more</a>", "Text"),
        ("Hi {{unsubscribe_link}}", "<a href='{{ preferences_link }}'>Choose</a>", ""),
    ],
)
def test_each_part_of_an_email_that_offers_no_way_out_is_warned_of(client, template, text, html, where):
    email = MessageTemplateFactory(club=template.club, as_email=True)
    client.force_login(editor_of(email))
    shown = preview(client, email, text_body=text, html_body=html)
    assert (f"Nothing in “{where}” says how to opt out." in shown) is bool(where)
    assert ("says how to opt out" in shown) is bool(where)


@pytest.mark.parametrize(
    ("sender", "number", "category", "text", "is_added"),
    [
        ("", "+41766000000", "marketing", "Hi", False),
        ("", "", "marketing", "Hi", True),
        ("GYM", "+41766000000", "marketing", "Hi", True),
        ("GYM", "", "service", "Hi", False),
        ("GYM", "", "marketing", "Hi {{ opt_out_link }}", False),
        ("GYM", "", "marketing", "Hi {{ preferences_link }}", False),
    ],
)
def test_a_text_with_offers_that_nobody_can_answer_shows_the_line_that_is_added(
    client, editor, template, sender, number, category, text, is_added
):
    Club.objects.update(sms_sender=sender, sms_number=number)
    shown = preview(client, template, text_body=text, category=category)
    assert ("Stop: http" in shown) is is_added
    assert ("The last line is added by itself" in shown) is is_added
    assert "says how to opt out" not in shown


def test_that_line_is_counted_in_the_parts_and_the_price_and_in_the_list(client, editor, template):
    template.text_body = "H" * 150
    template.save()
    lists = reverse("admin:messaging_messagetemplate_changelist")

    def told():
        shown = preview(client, template, text_body=template.text_body)
        cell = re.search(r"field-parts[^>]*>(\d+)<", client.get(lists).content.decode())
        return re.search(r"<strong>(\d parts?, [^<]*)</strong>", shown)[1], cell[1]

    Club.objects.update(sms_part_price=50_000)
    assert told() == ("1 part, US$0.05", "1")
    Club.objects.update(sms_sender="GYM")
    assert told() == ("2 parts, US$0.10", "2")
