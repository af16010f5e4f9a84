"""What somebody who signs in may have meant, and the secrets that let them in: drawn, cut in two, hashed, compared."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

import phonenumbers
from django.utils.crypto import salted_hmac

from members.rules.phones import international
from messaging.models import Channel

PREFIX_LENGTH = 8
LONGEST = 254
SECRET = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class Meant:
    """An e-mail address, in small letters, or the numbers that the digits stand for in these countries, in E.164."""

    channel: str
    addresses: tuple[str, ...]


def meant_by(typed: str, countries: Iterable[str]) -> Meant | None:
    """What was typed, read as an address; None if it can be none. `countries` as in ISO 3166, such as CH."""
    said = "".join(typed.split())
    if not said or len(typed) > LONGEST:
        return None
    if "@" in said:
        name, _at, host = said.lower().rpartition("@")
        return Meant(Channel.EMAIL, (f"{name}@{host}",)) if name and host else None
    if any(map(str.isalpha, said)) or not any(map(str.isdigit, said)):
        return None
    whole = international(said)
    if whole.startswith("+"):
        return Meant(Channel.SMS, (whole,)) if whole[1:].isdecimal() and len(whole) <= 16 else None
    found = {number for country in countries if (number := _in(country, said))}
    return Meant(Channel.SMS, tuple(sorted(found))) if found else None


def country_of(locale: str) -> str:
    """Like CH for de_CH."""
    return locale.rpartition("_")[2]


def _in(country: str, said: str) -> str:
    try:
        number = phonenumbers.parse(said, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def draw_secret() -> str:
    """192 bits, as they fit into a text message."""
    return secrets.token_urlsafe(24)


def is_one(secret: str) -> bool:
    """Whether it was drawn here, by its looks; what else somebody sends is asked of no database."""
    return SECRET.fullmatch(secret) is not None


def prefix_of(secret: str) -> str:
    """What a row is found by; the rest is compared."""
    return secret[:PREFIX_LENGTH]


def digest_of(secret: str) -> str:
    # A plain hash does for what was drawn from 2^192: there is nothing to guess.
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def is_of(digest: str, secret: str) -> bool:
    return hmac.compare_digest(digest, digest_of(secret))


def told_apart(what: str, value: str) -> str:
    """The same for the same address or source, by which it is counted; what it was cannot be read from it."""
    return salted_hmac(f"messaging.sign_in.{what}", value, algorithm="sha256").hexdigest()
