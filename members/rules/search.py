"""Finding a member by whatever staff have at hand: parts of names, a number as it is dialed, an address, an ID."""

import re

from django.db.models import Q

FIELDS = ("first_name", "last_name", "external_id", "email", "phone")
BY_BEGINNING = ("first_name", "last_name", "external_id")
FEWEST_DIGITS = 3
SHORT = 2
"""What is no longer than this is looked for at beginnings only: no index finds it in the middle of a million names."""


def matching(words: str) -> Q:
    """Every word is a part of one of the fields; words without letters may also be one telephone number in pieces."""
    said = [word for word in words.split() if any(map(str.isalnum, word))]
    names = [word for word in said if any(map(str.isalpha, word))]
    pieces = [word for word in said if word not in names]
    found = _each_in_a_field(names)
    if not pieces:
        return found
    as_typed = _each_in_a_field(pieces)
    digits = subscriber_digits(" ".join(pieces))
    return found & (as_typed | Q(phone__icontains=digits) if len(digits) >= FEWEST_DIGITS else as_typed)


def subscriber_digits(number: str) -> str:
    """What “079 123”, “+41 (0)79 123” and “0041 79 123” share with +4179123…: digits without what is dialed before."""
    digits = re.sub(r"\D", "", number.replace("(0)", ""))
    return digits.removeprefix("00") if digits.startswith("00") else digits.removeprefix("0")


def _each_in_a_field(words: list[str]) -> Q:
    every = Q()
    for word in words:
        anywhere = Q()
        for field in BY_BEGINNING if len(word) <= SHORT else FIELDS:
            anywhere |= Q(**{f"{field}__{'istartswith' if len(word) <= SHORT else 'icontains'}": word})
        every &= anywhere
    return every
