"""What asked for a message: the apps above, which know, answer here."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.utils.safestring import SafeString
from django.utils.text import capfirst

from messaging.models import Message

Link = SafeString | str


class Origins(Protocol):
    def choices(self, clubs: Sequence[int]) -> Sequence[tuple[str, str]]:
        """Origin and its name, for a filter."""

    def links(self, messages: Sequence[Message]) -> Mapping[tuple[int, str], Link]:
        """By club and origin, for a page of the log, in one query."""

    def step(self, message: Message) -> Link:
        """The very step that asked for it; empty if none did."""


_known: list[Origins] = []


def add_origins(origins: Origins) -> None:
    _known.append(origins)


def origin_choices(clubs: Sequence[int]) -> list[tuple[str, str]]:
    return [choice for origins in _known for choice in origins.choices(clubs)]


def give_origins(messages: Sequence[Any]) -> None:
    """Give each message its `origin_link`."""
    links = {key: link for origins in _known for key, link in origins.links(messages).items()}
    for message in messages:
        message.origin_link = links.get((message.club_id, message.origin)) or plain(message.origin)


def step_of(message: Message) -> Link:
    return next((link for origins in _known if (link := origins.step(message))), plain(message.origin))


def plain(origin: str) -> str:
    return str(capfirst(origin.replace("-", " ").replace("_", " ")))
