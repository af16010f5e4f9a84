"""The characters that make a text message dearer (those outside GSM-7), each with the cheaper one that says the same."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from messaging.rules.sms_parts import is_cheap

# What a reader sees as one: an emoji with its color and its joined companions, a letter with its accents, a flag.
_EXTENDS = "[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
_SEEN_AS_ONE = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|.{_EXTENDS}*(?:\u200d.{_EXTENDS}*)*", re.DOTALL | re.UNICODE
)

_TWINS = {
    "'": "‘’‚‛ʼ′`´ʹ",
    '"': "“”„‟″«»",
    "-": "‐‑‒–—―−•‣·",
    "...": "…",
    " ": "\t\v\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\u0085\u2028\u2029",
    "<": "‹",
    ">": "›",
    "x": "×",
    ":": "÷",
    "/": "⁄",
    "l": "ł",
    "L": "Ł",
    "d": "đð",
    "D": "ĐÐ",
    "oe": "œ",
    "OE": "Œ",
    "i": "ı",
    "th": "þ",
    "TH": "Þ",
    "(c)": "©",
    "(R)": "®",
    "->": "→",
    "<-": "←",
}
IN_WORDS = {
    " ": gettext_lazy("a plain space"),
    "\n": gettext_lazy("a new line"),
    "...": gettext_lazy("three dots"),
    "'": gettext_lazy("a straight '"),
    '"': gettext_lazy('a straight "'),
    "-": gettext_lazy("a hyphen"),
}
TWINS = {dear: cheap for cheap, many in _TWINS.items() for dear in many}


@dataclass(frozen=True)
class DearCharacter:
    shown: str
    position: int
    """Where it first stands, counted from 1 as a reader counts."""
    count: int
    twin: str | None
    """What to write instead; empty to leave it out, None if there is nothing."""

    @property
    def name(self) -> str:
        """For one that nobody can see, such as “no-break space”."""
        return (
            ""
            if any(unicodedata.category(char)[0] in "LNPS" for char in self.shown)
            else _name(self.shown[0])
        )

    @property
    def twin_in_words(self) -> str:
        return str(IN_WORDS.get(self.twin or "", self.twin or ""))


def dear_characters(text: str) -> list[DearCharacter]:
    """Each of them once, in the order of the text."""
    found: dict[str, tuple[int, int]] = {}
    for position, match in enumerate(_SEEN_AS_ONE.finditer(text), start=1):
        if not is_cheap(match[0]):
            first, count = found.get(match[0], (position, 0))
            found[match[0]] = first, count + 1
    return [DearCharacter(seen, first, count, cheaper_twin(seen)) for seen, (first, count) in found.items()]


def cheaper_twin(seen: str) -> str | None:
    """The same in GSM-7: another mark, the letter with fewer accents, nothing in place of a picture."""
    composed = unicodedata.normalize("NFC", seen)
    if is_cheap(composed):
        return composed
    twin = ""
    for char in composed:
        cheaper = _twin_of_one(char)
        if cheaper is None:
            return None
        twin += cheaper
    return twin


def replace(text: str, dear: str, twin: str) -> str:
    """The text without this dear character; where a picture is left out, its space goes with it."""
    return text.replace(dear, twin) if twin else text.replace(f" {dear} ", " ").replace(dear, "")


def _twin_of_one(char: str) -> str | None:
    if is_cheap(char):
        return char
    if char in TWINS:
        return TWINS[char]
    plain = "".join(
        TWINS.get(c, c) for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)
    )
    if plain and is_cheap(plain):
        return plain
    # A letter without a twin says something; a picture, a mark or something invisible can be left out.
    return None if unicodedata.category(char)[0] in "LN" else ""


def _name(char: str) -> str:
    return unicodedata.name(char, f"U+{ord(char):04X}").lower()
