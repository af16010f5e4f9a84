"""How many parts a text message is split into, and so paid for, and which characters make it dearer (GSM 03.38)."""

from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")
SIZES = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
"""What a message alone holds, and each of several that are joined."""


@dataclass(frozen=True)
class SmsParts:
    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int
    left: int
    """How many more units the last part holds; a character outside the basic table takes two."""
    forcing: tuple[str, ...] = ()
    """The characters outside GSM-7, each once: any of them leaves 70 characters to a message instead of 160."""

    @property
    def size(self) -> int:
        """How many units each part holds."""
        alone, joined = SIZES[self.encoding]
        return alone if self.parts <= 1 else joined


def count_parts(text: str) -> SmsParts:
    forcing = tuple(dict.fromkeys(char for char in text if not is_cheap(char)))
    if forcing:
        widths = [2 if char > "\uffff" else 1 for char in text]
        return SmsParts("UCS-2", sum(widths), *_parts(widths, *SIZES["UCS-2"]), forcing)
    widths = [2 if char in EXTENSION else 1 for char in text]
    return SmsParts("GSM-7", sum(widths), *_parts(widths, *SIZES["GSM-7"]))


def is_cheap(text: str) -> bool:
    """Whether all of it is in GSM-7, so that 160 characters fit into a message instead of 70."""
    return all(char in BASIC or char in EXTENSION for char in text)


def _parts(widths: list[int], alone: int, joined: int) -> tuple[int, int]:
    """One message holds `alone` units; of several, each holds `joined`, and no character is cut in two."""
    units = sum(widths)
    if units <= alone:
        return (1 if widths else 0), alone - units
    parts, room = 1, joined
    for width in widths:
        if width > room:
            parts, room = parts + 1, joined
        room -= width
    return parts, room
