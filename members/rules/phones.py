"""What a telephone number must look like, and whether anybody could be reached at it."""

import re

import phonenumbers

# The “(0)” of +41 (0)79 is not dialed from abroad.
BETWEEN_DIGITS = re.compile(r"\(0\)|[\s().\-‐‑‒–—]")


def international(phone: str) -> str:
    """The number as E.164 has it, if it says its country: without spaces and signs, 00 as plus."""
    bare = BETWEEN_DIGITS.sub("", phone)
    return f"+{bare[2:]}" if bare.startswith("00") else bare


def is_dialable(phone: str) -> bool:
    """Whether a network could connect this E.164 number, by the published numbering plans.

    +155555501 has the right shape but too few digits for its country: kept, and flagged by False.
    """
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(phone, None))
    except phonenumbers.NumberParseException:
        return False
