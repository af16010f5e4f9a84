"""A text of offers that nobody can answer says how to opt out, whoever wrote it; no other is touched."""

from typing import Any

import pytest

from members.models import Club
from messaging.operations.wording import envelope_of
from messaging.rules.unsubscribe_links import unsubscribe_url
from tests.factories import MemberFactory, MessageFactory, MessageTemplateFactory

pytestmark = pytest.mark.django_db

NAME = {"sms_sender": "GYM"}
NO_SENDER = {"sms_number": ""}


@pytest.fixture
def member() -> Any:
    return MemberFactory()


def said(member: Any, club: dict[str, str], own_words: Any = None, **template: Any) -> Any:
    Club.objects.update(**club)
    member.club.refresh_from_db()
    written = MessageTemplateFactory(club=member.club, **{"text_body": "Hi", **template})
    return envelope_of(
        MessageFactory(member=member, template=written, channel=written.channel, own_words=own_words)
    )


def link(member: Any) -> str:
    return unsubscribe_url(member.pk, "sms", "marketing")


@pytest.mark.parametrize("club", [NAME, NO_SENDER])
def test_it_stands_under_a_text_that_nobody_can_answer(member: Any, club: dict[str, str]) -> None:
    assert said(member, club).text == f"Hi\nStop: {link(member)}"


@pytest.mark.parametrize(
    ("club", "template"),
    [
        ({}, {}),
        (NAME, {"category": "service"}),
        (NAME, {"as_email": True}),
        (NAME, {"channel": "whatsapp", "whatsapp_template": "hi"}),
        (NAME, {"channel": "in_app", "title": "Hi"}),
    ],
)
def test_it_stands_under_nothing_else(member: Any, club: dict[str, str], template: Any) -> None:
    assert said(member, club, **template).text == "Hi"


@pytest.mark.parametrize("name", ["opt_out_link", "unsubscribe_link", "preferences_link"])
def test_a_text_with_a_link_of_its_own_gets_no_second_one(member: Any, name: str) -> None:
    text = said(member, NAME, text_body=f"No more? {{{{ {name} }}}} Bye").text
    assert "Stop" not in text
    assert text.endswith(" Bye")


@pytest.mark.parametrize(
    "source", ["Hi{% if last_name %} {{ opt_out_link }}{% endif %}", "Hi {{ opt_out_link|upper }}"]
)
def test_a_link_that_does_not_reach_this_member_does_not_count(member: Any, source: str) -> None:
    member.last_name = ""
    assert said(member, NAME, text_body=source).text.endswith(f"\nStop: {link(member)}")


def test_it_stands_under_another_language_and_under_words_for_one_message(member: Any) -> None:
    member.language = "de"
    in_german = {"de": {"text_body": "Hallo"}}
    assert said(member, NAME, translations=in_german).text == f"Hallo\nStop: {link(member)}"
    own = said(member, NAME, own_words={"text_body": "Only you"})
    assert own.text == f"Only you\nStop: {link(member)}"


def test_where_the_club_wants_short_links_it_is_one(member: Any) -> None:
    sent = said(member, {**NAME, "short_links": True})
    (short,) = sent.links
    assert short.target == link(member)
    assert sent.text.startswith("Hi\nStop: http")
    assert sent.text.endswith(short.token)
