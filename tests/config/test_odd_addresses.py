"""What nobody links to but anybody may type: an address or a question of the admin that makes no sense gets an answer,
"not found" or the page as it is, and never an error of ours; held for every view of every admin, and so for the next.
"""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse

from tests.config.every_admin import ADMINS, Rows, pages, rows_of_everything
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.long]

KEYS = ("1e3", "a'b", "\0", "-1", "9" * 30)
INSTANTS = (
    "0001-01-01",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "2026-11-22T00:00:00+99:99",
)
APPS = ("automations", "config", "members", "messaging")
DJANGOS = ("_add", "_delete")
"""Its own pages, which read none of this."""
READ = re.compile(r"""GET(?:\.get\(|\[)["'](\w+)["']|["'](\w+)["'] in request\.GET""")


@pytest.fixture
def mine() -> Rows:
    return rows_of_everything("Visible")


@pytest.fixture
def superuser(client):
    client.force_login(UserFactory(superuser=True))
    return client


def names_read() -> set[str]:
    """What the pages read from the part of an address after the question mark."""
    files = (file for app in APPS for file in Path(settings.BASE_DIR, app).rglob("*.py"))
    return {one or other for file in files for one, other in READ.findall(file.read_text())}


def odd_rows() -> Iterator[str]:
    for pattern in chain.from_iterable(own.get_urls() for own in ADMINS.values()):
        parts = pattern.pattern.regex.groups
        for at in range(parts if pattern.name else 0):
            for key in KEYS:
                try:
                    yield reverse(f"admin:{pattern.name}", args=["1"] * at + [key] + ["1"] * (parts - at - 1))
                except NoReverseMatch:  # An address that takes numbers alone.
                    continue


def odd_questions(rows: Rows) -> Iterator[str]:
    names = sorted(names_read())
    for page in pages(rows):
        if page.name.endswith(DJANGOS):
            continue
        if page.name.endswith("_changelist"):
            # It refuses a question that it does not know, whatever else it is asked.
            asked = [{name: value} for name in names for value in KEYS[-1:]]
        else:
            asked = [dict.fromkeys(names, value) for value in (*KEYS, *INSTANTS)]
        yield from (f"{page.url}?{urlencode(one)}" for one in asked)


def test_the_names_that_pages_read_are_found():
    assert {"at", "p", "club", "next", "show"} <= names_read()


def test_an_odd_address_is_no_error(superuser, mine):
    for url in (*odd_rows(), *odd_questions(mine)):
        for ask in (superuser.get, superuser.post):
            try:
                assert ask(url).status_code < 500
            except Exception as error:
                error.add_note(f"{ask.__name__} {url[:200]}")
                raise
