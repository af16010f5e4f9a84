"""Staff-edited words with placeholders: checked, compiled once and filled in with plain values, as text or as HTML."""

import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

from django.utils.translation import gettext as _
from jinja2 import Template, Undefined, filters
from jinja2.sandbox import ImmutableSandboxedEnvironment

from messaging.rules.template_check import Problem, TemplateRefused, parse

__all__ = ["EmptyPlaceholder", "Problem", "TemplateRefused", "placeholders_of", "render"]

MAX_RENDERED = 200_000


class EmptyPlaceholder(ValueError):
    """A placeholder without a value and without default(…): this one message must not go out."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return _("“%(name)s” is empty for this member. A default fills it: %(example)s") % {
            "name": self.name,
            "example": f"{{{{ {self.name}|default('there') }}}}",
        }


class Empty(Undefined):
    """What an empty value is to a template: false, equal to '', filled by default(…), and never printed."""

    __slots__ = ()

    def __str__(self) -> str:
        raise EmptyPlaceholder(self._undefined_name or "")

    def __eq__(self, other: object) -> bool:
        return other == ""

    def __ne__(self, other: object) -> bool:
        return other != ""

    __hash__ = None  # type: ignore[assignment]


def _default(value: object, instead: object, even_if_empty: bool = True) -> object:
    """Unlike Jinja's own, fills empty values without being told to."""
    return value or instead


def _unless_empty(change: Callable[[str], str]) -> Callable[[object], object]:
    """So that a default(…) further to the right still sees that the value was empty."""
    return lambda value: value if isinstance(value, Empty) else change(str(value))


FILTERS: dict[str, Callable[..., object]] = {
    "default": _default,
    "upper": _unless_empty(filters.do_upper),
    "lower": _unless_empty(filters.do_lower),
    "title": _unless_empty(filters.do_title),
    "capitalize": _unless_empty(filters.do_capitalize),
    "trim": _unless_empty(filters.do_trim),
}


def _environment(*, html: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=html, undefined=Empty, keep_trailing_newline=True, cache_size=0
    )
    environment.globals.clear()
    environment.tests.clear()
    environment.filters = FILTERS
    return environment


HTML, PLAIN = _environment(html=True), _environment(html=False)


def says_something(text: str) -> bool:
    """Whether a reader would see anything: white space and invisible characters alone are nothing."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


@lru_cache(maxsize=512)
def placeholders_of(source: str) -> frozenset[str]:
    """The placeholders that a template uses, by their own names; TemplateRefused if it could not be sent."""
    return frozenset(parse(source, PLAIN)[1])


def render(source: str, values: Mapping[str, str], *, html: bool = False) -> str:
    """The words with each value in its place, unchanged as text, escaped as HTML."""
    present = {name: value for name, value in values.items() if value and not value.isspace()}
    pieces, room = [], MAX_RENDERED
    for piece in _compiled(source, html).generate(present):
        room -= len(piece)
        if room < 0:
            raise TemplateRefused([Problem(1, _("Filled in, the message is far too long."))])
        pieces.append(piece)
    return "".join(pieces)


@lru_cache(maxsize=512)
def _compiled(source: str, html: bool) -> Template:
    environment = HTML if html else PLAIN
    # Compiling computes constants, so nothing is compiled that the check has not seen.
    tree, _names = parse(source, environment)
    return environment.from_string(tree)
