"""Only addresses that the club wrote become short, and each the same way every time."""

import re

import pytest

from messaging.rules.short_links import MARK, SAMPLE, shorten, token_of
from messaging.rules.sms_parts import count_parts

SHORT = re.compile(r"http://localhost:8000/l/([0-9A-Za-z]+)")


@pytest.fixture(autouse=True)
def host(settings):
    settings.PUBLIC_URL = "http://localhost:8000"


def short(text: str, source: str | None = None, message_id: int = 7, **values: str):
    return shorten(text, source=text if source is None else source, values=values, message_id=message_id)


def test_a_link_in_the_template_is_shortened_with_what_stands_around_it():
    text, (link,) = short("See (https://iron-gym.example/yoga?week=36). Bye")
    assert link.target == "https://iron-gym.example/yoga?week=36"
    assert text == f"See (http://localhost:8000/l/{link.token}). Bye"


def test_the_booking_link_and_the_opt_out_are_the_clubs_too():
    text, links = short(
        "Book https://book.example/ or stop http://localhost:8000/u/1.sms.x",
        "Book {{ booking_link }} or stop {{ unsubscribe_link }}",
        booking_link="https://book.example/",
        unsubscribe_link="http://localhost:8000/u/1.sms.x",
    )
    assert [link.target for link in links] == ["https://book.example/", "http://localhost:8000/u/1.sms.x"]
    assert SHORT.findall(text) == [link.token for link in links]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Hey https://evil.example/, come", "Hey {{ first_name }}, come"),
        ("https://evil.example/", "https://{{ first_name }}/"),
        ("https://evil.example/pay", "{{ offer }}/pay"),
        ("https://iron-gym.example.evil.example/", "https://iron-gym.example{{ first_name }}/"),
        ("https://iron-gym.example@evil.example/", "https://iron-gym.example/"),
        ("https://iron-gym.example:99999/", "https://iron-gym.example:99999/"),
        ("http://iron-gym.example/", "https://iron-gym.example/"),
        ("javascript://iron-gym.example/%0aalert(1)", "https://iron-gym.example/"),
        ("https://iron-gym.example\\@evil.example/", "https://iron-gym.example\\@evil.example/"),
        ("ftp://iron-gym.example/", "ftp://iron-gym.example/"),
    ],
)
def test_an_address_that_somebody_else_chose_is_left_alone(text, source):
    assert short(text, source) == (text, ())


def test_what_a_placeholder_adds_behind_the_clubs_host_is_kept():
    _text, (link,) = short("https://iron-gym.example/?m=M001", "https://iron-gym.example/?m={{ phone }}")
    assert link.target == "https://iron-gym.example/?m=M001"


def test_the_same_link_twice_is_one():
    text, links = short("https://a.example/ and https://a.example/")
    assert len(links) == 1
    assert len(set(SHORT.findall(text))) == 1


def test_no_two_links_share_a_token():
    tokens = {token_of(message, place) for message in range(1, 500) for place in range(8)}
    assert len(tokens) == 499 * 8


def test_a_token_is_the_same_every_time_and_not_to_be_guessed(settings):
    token = token_of(7, 0)
    assert token_of(7, 0) == token
    settings.SECRET_KEY = "another"
    assert token_of(7, 0)[-MARK:] != token[-MARK:]


def test_what_is_no_message_yet_is_as_long_as_a_message_would_be():
    assert len(SAMPLE) >= len(token_of(100_000_000, 7))
    text, _links = short("https://a.example/" + "x" * 200, message_id=0)
    assert count_parts(text).parts == 1
