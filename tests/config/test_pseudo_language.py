"""Every page in a language that brackets whatever goes through gettext: what stands outside is data, or was forgotten."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from babel import Locale
from django.apps import apps
from django.conf import settings
from django.db.models import CharField, JSONField, TextField
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeData, mark_safe

from config.model_names import APPS
from messaging.rules.placeholders import PLACEHOLDERS
from tests.config.every_admin import pages, rows_of_everything
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.usefixtures("at_now")]

OPENS, CLOSES = "⟦", "⟧"
WORD = re.compile(r"[^\W\d_]{3,}")
SAYING = ("title", "alt", "placeholder", "aria-label")
NOT_READ = ("script", "style", "code", "svg")
ICON = "material-symbols-outlined"
NEVER_CLOSED = ("input", "link", "meta", "img", "br", "hr", "source")


@pytest.fixture
def brackets(monkeypatch):
    def one(message, *_):
        said = f"{OPENS}{message}{CLOSES}" if message else message
        return mark_safe(said) if isinstance(message, SafeData) else said

    catalog = translation._trans
    for name in ("gettext", "ngettext", "pgettext", "npgettext"):
        getattr(translation, name)(
            "x", *(["x", 1] if name.startswith("n") else []), *(["x"] if "p" in name else [])
        )
    monkeypatch.setattr(catalog, "gettext", one)
    monkeypatch.setattr(
        catalog, "ngettext", lambda single, many, number: one(single if number == 1 else many)
    )
    monkeypatch.setattr(catalog, "pgettext", lambda _context, message: one(message))
    monkeypatch.setattr(
        catalog, "npgettext", lambda _context, single, many, number: one(single if number == 1 else many)
    )


class Texts(HTMLParser):
    """What a person reads of a page, or hears: each text, and what of it no bracket holds, however they are nested."""

    def __init__(self, html):
        super().__init__()
        self.said, self.unread, self.depth = [], [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.said += [(given[name], outside(given[name])[0]) for name in SAYING if given.get(name)]
        hidden = tag in NOT_READ or ICON in (given.get("class") or "") or bool(self.unread)
        if hidden and tag not in NEVER_CLOSED:
            self.unread.append(tag)

    def handle_endtag(self, tag):
        if self.unread and tag not in NEVER_CLOSED:
            self.unread.pop()

    def handle_data(self, data):
        # Across elements, since what is translated may hold some.
        left, self.depth = outside(data, self.depth)
        if not self.unread and left.strip():
            self.said.append((data.strip(), left))


def outside(text, depth=0):
    left = []
    for letter in text:
        depth += (letter == OPENS) - (letter == CLOSES)
        left.append(letter if depth == 0 and letter != CLOSES else " ")
    return "".join(left), depth


def known_words() -> Iterator[str]:
    """Data: what is in the database, in the starting library and in samples; values as files name them; days and languages."""
    for model in apps.get_models():
        if model._meta.app_label in ("auth", "contenttypes"):
            continue  # Permissions and content types repeat the names of models.
        fields = [f for f in model._meta.concrete_fields if isinstance(f, (CharField, TextField, JSONField))]
        yield from (str(value) for field in fields for value, _label in field.flatchoices)
        for row in model._default_manager.values_list(*(field.name for field in fields)) if fields else ():
            yield from (value if isinstance(value, str) else json.dumps(value) for value in row)
    yield from (path.read_text() for path in (settings.BASE_DIR / "fixtures").glob("*.json"))
    yield from (str(one.sample) for one in PLACEHOLDERS.values())
    english = Locale("en", "GB")
    for names in (english.months, english.days):
        yield from (name for widths in names.values() for each in widths.values() for name in each.values())
    yield from english.languages.values()
    yield from english.territories.values()
    yield from ("Rollcall", "esc", "UTC", "custom")


def test_no_page_says_anything_that_gettext_does_not_know(client, brackets):
    rows = rows_of_everything("Visible")
    client.force_login(UserFactory(superuser=True))
    addresses = [page.url for page in pages(rows) if page.model._meta.app_label in APPS] + [
        reverse("admin:index"),
        reverse("admin:password_change"),
    ]
    known = {word.casefold() for text in known_words() for word in WORD.findall(text)}
    forgotten = {}
    for url in addresses:
        answer = client.get(url)
        if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
            continue
        for said, left in Texts(answer.content.decode()).said:
            if any(word.casefold() not in known for word in WORD.findall(left)):
                forgotten.setdefault(said[:120], url)
    assert forgotten == {}
