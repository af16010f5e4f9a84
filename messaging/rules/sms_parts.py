"""How many parts a text message is split into, and so paid for, and which characters make it dearer (GSM 03.38)."""

from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True)
class SmsParts:
    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int
    forcing: tuple[str, ...] = ()
    """The characters outside GSM-7, each once: any of them leaves 70 characters to a message instead of 160."""


def count_parts(text: str) -> SmsParts:
    forcing = tuple(dict.fromkeys(char for char in text if char not in BASIC and char not in EXTENSION))
    if forcing:
        widths = [2 if char > "\uffff" else 1 for char in text]
        return SmsParts("UCS-2", sum(widths), _parts(widths, alone=70, joined=67), forcing)
    widths = [2 if char in EXTENSION else 1 for char in text]
    return SmsParts("GSM-7", sum(widths), _parts(widths, alone=160, joined=153))


def _parts(widths: list[int], *, alone: int, joined: int) -> int:
    """One message holds `alone` units; of several, each holds `joined`, and no character is cut in two."""
    if sum(widths) <= alone:
        return 1 if widths else 0
    parts, room = 1, joined
    for width in widths:
        if width > room:
            parts, room = parts + 1, joined
        room -= width
    return parts
