"""From a queued message to what a channel sends; a half-filled text never goes out."""

from typing import Any

import pytest

from messaging.models import MessageTemplate
from messaging.operations.wording import Unfilled, envelope_of
from tests.factories import ClubFactory, MemberFactory, MessageFactory, MessageTemplateFactory

pytestmark = pytest.mark.django_db


def envelope(member: Any = None, context: Any = None, **template: Any) -> Any:
    member = member or MemberFactory()
    template = MessageTemplateFactory(club=member.club, **template)
    return envelope_of(
        MessageFactory(member=member, template=template, channel=template.channel, context=context or {})
    )


def test_a_text_is_filled_with_the_members_and_the_clubs_values() -> None:
    member = MemberFactory(first_name="Zoë")
    filled = envelope(member)
    assert (
        filled.text == "Hey Zoë, we missed you last week! Book your next class here 📌 https://book.example/"
    )
    assert (filled.channel, filled.address, filled.sms_number) == ("sms", member.phone, "+41766000000")
    assert (filled.first_name, filled.subject, filled.html) == ("Zoë", "", "")


def test_the_occurrences_own_values_win() -> None:
    assert (
        envelope(
            context={"first_name": "Bo", "days_away": "9"}, text_body="{{ first_name }} {{ days_away }}"
        ).text
        == "Bo 9"
    )


@pytest.mark.parametrize(
    "name",
    [
        "Maeve O'Brien",
        '"><script>alert(1)</script>',
        "ليلى",
        "😀",
        "{{ booking_link }}",
        "{% raw %}",
        "a\nBcc: x@y.example",
    ],
)
def test_a_name_reaches_the_text_unharmed_and_breaks_neither_html_nor_headers(name: str) -> None:
    filled = envelope(
        MemberFactory(first_name=name),
        as_email=True,
        text_body="Hey {{ first_name }}",
        html_body="<p>{{ first_name }}</p>",
        subject="We missed you, {{ first_name }}",
    )
    assert filled.text == f"Hey {name}"
    assert "\n" not in filled.subject
    assert "<script" not in filled.html
    words = filled.html.partition('<div style="padding:24px;">')[2].partition("</div>")[0]
    assert words.count("<") == 2


def test_html_is_made_of_the_text_where_there_is_none() -> None:
    filled = envelope(
        MemberFactory(first_name="<b>"), as_email=True, text_body="Hi {{ first_name }}\n{{ booking_link }}"
    )
    assert "&lt;b&gt;" in filled.html
    assert "<b>" not in filled.html
    assert '<a href="https://book.example/"' in filled.html


@pytest.mark.parametrize(
    ("club", "template", "name", "address"),
    [
        ({"name": "Gym"}, {}, "Gym", "hello@club.example"),
        ({"name": "Gym", "sender_name": "Riverside"}, {}, "Riverside", "hello@club.example"),
        ({"name": "Gym"}, {"from_name": "Ana", "from_email": "ana@club.example"}, "Ana", "ana@club.example"),
    ],
)
def test_it_comes_from_the_templates_sender_or_else_the_clubs(
    club: Any, template: Any, name: str, address: str
) -> None:
    filled = envelope(MemberFactory(club=ClubFactory(**club)), as_email=True, **template)
    assert (filled.from_name, filled.from_email) == (name, address)


def test_it_goes_out_from_the_clubs_own_numbers() -> None:
    club = ClubFactory(sms_number="+41766000000", whatsapp_number="phone-number-id-1")
    filled = envelope(MemberFactory(club=club))
    assert (filled.sms_number, filled.whatsapp_number) == ("+41766000000", "phone-number-id-1")


def test_each_message_can_be_unsubscribed_from() -> None:
    filled = envelope(as_email=True, text_body="{{ unsubscribe_link }}")
    assert filled.text == filled.unsubscribe_url
    assert filled.unsubscribe_url.startswith("http")


def test_an_empty_value_without_a_fallback_says_which_one() -> None:
    with pytest.raises(Unfilled, match="needs “Last name”, and there is none for this member"):
        envelope(MemberFactory(last_name=""), text_body="Dear {{ last_name }}")
    assert (
        envelope(MemberFactory(last_name=""), text_body="Dear {{ last_name|default('friend') }}").text
        == "Dear friend"
    )


def test_words_that_became_unknown_are_refused_with_the_line() -> None:
    with pytest.raises(Unfilled, match="Line 2"):
        envelope(text_body="Hey\n{{ frist_name }}")


def test_a_deleted_template_has_no_words() -> None:
    message = MessageFactory()
    MessageTemplate.objects.all().delete()
    message.refresh_from_db()
    with pytest.raises(Unfilled, match="deleted"):
        envelope_of(message)


def test_the_hidden_e_mail_fields_of_a_text_do_not_stop_it() -> None:
    assert (
        envelope(MemberFactory(last_name=""), subject="Hi {{ last_name }}", text_body="Hello").text == "Hello"
    )


@pytest.mark.parametrize("nothing", ["{# for later #}", "\u200b", "{% if last_name %}x{% endif %}"])
def test_an_empty_text_never_leaves(nothing: str) -> None:
    with pytest.raises(Unfilled, match="empty for this member"):
        envelope(MemberFactory(last_name=""), text_body=nothing)


def test_an_email_stands_in_its_layout_and_names_its_language() -> None:
    filled = envelope(
        MemberFactory(language="de"), as_email=True, html_body="<p>Hi</p>", text_body="Hi", language="de"
    )
    assert filled.html.startswith('<!doctype html>\n<html lang="de"')
    assert "<p>Hi</p>" in filled.html
    assert "<title>We missed you, John</title>" in filled.html


def test_text_is_made_of_the_html_where_there_is_none() -> None:
    filled = envelope(
        MemberFactory(first_name="<b>"),
        as_email=True,
        text_body="",
        html_body='<p>Hi {{ first_name }},</p><p><a href="{{ booking_link }}">book</a></p>',
    )
    assert filled.text == "Hi <b>,\n\nbook (https://book.example/)"
