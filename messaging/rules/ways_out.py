"""Where a reader finds how to opt out: a link that staff wrote, or the line that is put under a text which nobody can answer."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from members.models import Club
from messaging.models import Category, Channel, MessageTemplate
from messaging.rules.languages import in_language
from messaging.rules.template_check import TemplateRefused
from messaging.rules.templates import placeholders_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LINKS = ("unsubscribe_link", "preferences_link")
LAST_LINE = "Stop: {link}"
"""Not translated: the word that carriers use everywhere, short since each part of a text is paid for."""
PARTS = (("html_body", _("HTML")), ("text_body", _("Text")))


def needs_a_way_out(category: str, channel: str, club: Club) -> bool:
    """Whether it is a text of offers that nobody can answer with STOP."""
    return channel == Channel.SMS and category == Category.MARKETING and not club.can_be_answered


def with_last_line(text: str, values: Mapping[str, str]) -> str:
    """The filled text with the link as its last line, unless it holds one already."""
    if any(values.get(name) and values[name] in text for name in LINKS):
        return text
    return f"{text.rstrip()}\n{LAST_LINE.format(link=values['unsubscribe_link'])}"


def parts_without(template: MessageTemplate) -> list["StrOrPromise"]:
    """Of an e-mail, the parts that were written without a link; what is made of the other part says what that says."""
    written = [(getattr(template, field), name) for field, name in PARTS]
    return [name for words, name in written if words.strip() and not _leads_out(words)]


def leads_out_everywhere(template: MessageTemplate) -> bool:
    """Of an e-mail, whether each of its parts does, in each of its languages."""
    return not any(map(parts_without, _in_each_language(template)))


def _in_each_language(template: MessageTemplate) -> Iterator[MessageTemplate]:
    yield template
    for language in template.translations:
        yield in_language(template, language)


def _leads_out(words: str) -> bool:
    try:
        return not placeholders_of(words).isdisjoint(LINKS)
    except TemplateRefused:
        # It is never sent, and its own page says why.
        return True
