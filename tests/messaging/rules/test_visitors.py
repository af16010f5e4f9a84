"""A person who follows a link is told apart from a program that looks ahead, as well as can be."""

import datetime as dt

import pytest

from messaging.rules.visitors import is_person

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Mobile/15E148 Safari/604.1"
)
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize("agent", [IPHONE, ANDROID])
def test_a_phones_browser_is_a_person(agent):
    assert is_person("GET", {"User-Agent": agent}, MINUTE)
    going = {"User-Agent": agent, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert is_person("GET", going, MINUTE)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"User-Agent": ""},
        {"User-Agent": "WhatsApp/2.23.20.0"},
        {"User-Agent": "facebookexternalhit/1.1 Facebot Twitterbot/1.0"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"User-Agent": "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5"},
        {"User-Agent": "TelegramBot (like TwitterBot)"},
        {"User-Agent": "curl/8.5.0"},
        {
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0.0.0 Safari/537.36"
        },
        {"User-Agent": IPHONE, "Sec-Purpose": "prefetch;prerender"},
        {"User-Agent": IPHONE, "Purpose": "prefetch"},
        {"User-Agent": IPHONE, "X-Purpose": "preview"},
        {"User-Agent": IPHONE, "X-Moz": "prefetch"},
        {"User-Agent": IPHONE, "Sec-Fetch-Mode": "no-cors"},
        {"User-Agent": IPHONE, "Sec-Fetch-Dest": "empty"},
    ],
)
def test_a_program_is_not(headers):
    assert not is_person("GET", headers, MINUTE)


def test_a_head_request_is_not():
    assert not is_person("HEAD", {"User-Agent": IPHONE}, MINUTE)


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (None, False),
        (dt.timedelta(), False),
        (dt.timedelta(seconds=3), False),
        (dt.timedelta(seconds=4), True),
    ],
)
def test_nobody_reads_a_text_the_moment_it_left(since, expected):
    assert is_person("GET", {"User-Agent": IPHONE}, since) is expected
    # Unless the browser says that somebody touched it.
    assert is_person("GET", {"User-Agent": IPHONE, "Sec-Fetch-User": "?1"}, since)
