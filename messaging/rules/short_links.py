"""Links of a text in a shorter form of our own, by which it is known that somebody followed them.

A token says nothing and cannot be guessed, and it is the same whenever the same message is put into words. Only addresses
that the club itself wrote are shortened, so that our host never leads to where somebody else wanted.
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MOST_LINKS = 8
MARK = 6
"""Characters that cannot be guessed: 57 thousand million, for each link."""
SAMPLE = "0" * (5 + MARK)
"""As long as the tokens are up to the hundred millionth message."""
URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
AT_THE_END = ".,;:!?'’”»)]}"
BLANK = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
LONGEST = 2_000
OF_THE_CLUB = ("booking_link", "unsubscribe_link", "preferences_link")
"""The placeholders whose whole value is an address that the club, or Rollcall, wrote."""


@dataclass(frozen=True, slots=True)
class ShortLink:
    token: str
    target: str


def shorten(
    text: str, *, source: str, values: Mapping[str, str], message_id: int
) -> tuple[str, tuple[ShortLink, ...]]:
    """The filled text with its links shortened, and where each leads; `source` is the template's own text.

    For `message_id` 0, which is no message's, the links are as long as they would be and lead nowhere.
    """
    ours = set(hosts_in(source, values))
    links: dict[str, ShortLink] = {}

    def replace(found: re.Match[str]) -> str:
        whole = found[0].rstrip(AT_THE_END)
        rest = found[0][len(whole) :]
        if host_of(whole) not in ours or len(whole) > LONGEST:
            return found[0]
        if whole not in links:
            if len(links) == MOST_LINKS:
                return found[0]
            links[whole] = ShortLink(token_of(message_id, len(links)), whole)
        return address_of(links[whole].token) + rest

    return URL.sub(replace, text), tuple(links.values())


def hosts_in(source: str, values: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Scheme and host of each address that stands complete in the template's own words, or is the club's own link.

    A host of which a placeholder writes a part is none: whoever fills the placeholder would choose where it leads.
    """
    for found in URL.finditer(BLANK.sub("\x00", source)):
        host = host_of(found[0].rstrip(AT_THE_END))
        if host and "\x00" not in host[1]:
            yield host
    for name in OF_THE_CLUB:
        if host := host_of(values.get(name, "").strip()):
            yield host


def host_of(url: str) -> tuple[str, str] | None:
    """Scheme and host, of what is an address without a login in it."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return None
    if (
        parts.scheme.lower() not in ("http", "https")
        or not parts.hostname
        or "@" in parts.netloc
        or "\\" in url
    ):
        return None
    return parts.scheme.lower(), parts.netloc.lower()


def address_of(token: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('short_link', args=[token])}"


def token_of(message_id: int, place: int) -> str:
    """The same for the same link of the same message; two links never share one."""
    if not message_id:
        return SAMPLE
    key = message_id * MOST_LINKS + place
    mark = hmac.new(settings.SECRET_KEY.encode(), f"short link {key}".encode(), sha256).digest()
    return _digits(key) + _digits(int.from_bytes(mark[:8], "big") % len(ALPHABET) ** MARK).rjust(MARK, "0")


def _digits(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, len(ALPHABET))
        digits = ALPHABET[rest] + digits
    return digits or "0"
