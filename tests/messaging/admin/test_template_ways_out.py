"""The preview warns of what does not say how to opt out."""

import pytest

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
    ("text", "html", "warns"),
    [
        ("Hi", "", True),
        ("Hi {{ unsubscribe_link }}", "", False),
        ("Hi {{unsubscribe_link}}", "<p>Hi</p>", True),
        ("Hi", "<a href='{{ unsubscribe_link }}'>No more</a>", False),
    ],
)
def test_an_email_that_offers_no_way_out_is_warned_of(client, template, text, html, warns):
    email = MessageTemplateFactory(club=template.club, as_email=True)
    client.force_login(editor_of(email))
    shown = preview(client, email, text_body=text, html_body=html)
    assert ("Nothing here says how to opt out." in shown) is warns


@pytest.mark.parametrize(
    ("sender", "number", "category", "text", "warns"),
    [
        ("", "+41766000000", "marketing", "Hi", False),
        ("", "", "marketing", "Hi", True),
        ("GYM", "+41766000000", "marketing", "Hi", True),
        ("GYM", "", "service", "Hi", False),
        ("GYM", "", "marketing", "Hi {{ opt_out_link }}", False),
        ("GYM", "", "marketing", "Hi {{ preferences_link }}", False),
    ],
)
def test_a_text_with_offers_that_nobody_can_answer_needs_a_link(
    client, editor, template, sender, number, category, text, warns
):
    Club.objects.update(sms_sender=sender, sms_number=number)
    shown = preview(client, template, text_body=text, category=category)
    assert ("Nobody can answer STOP to this" in shown) is warns
    assert "Nothing here says how to opt out" not in shown
