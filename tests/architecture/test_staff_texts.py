"""What staff and members read says “they” or “the member”: nobody is a she or a he."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture import ROOT

GENDERED = re.compile(r"\b(she|hers?|herself|he|his|him|himself)\b", re.IGNORECASE)
READ = sorted(
    file
    for room, ending in (
        *((app, "*.py") for app in ("automations", "config", "members", "messaging")),
        ("templates", "*.html"),
        ("fixtures", "*.json"),
    )
    for file in (ROOT / room).rglob(ending)
    # A migration keeps the words of its day.
    if "migrations" not in file.parts
)


def texts_of(file: Path) -> Iterator[str]:
    """What may be shown: of a program its strings, but those that stand alone and explain it."""
    source = file.read_text()
    if file.suffix != ".py":
        yield re.sub(r"\{#.*?#\}", "", source)
        return
    tree = ast.parse(source)
    explains = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in explains:
            yield node.value


def test_nobody_is_a_she_or_a_he() -> None:
    found = [
        (str(file.relative_to(ROOT)), text)
        for file in READ
        for text in texts_of(file)
        if GENDERED.search(text)
    ]
    assert found == []
