"""A real Chromium for the journeys, and somebody logged in."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.journeys.chromium import QUIET

SIZES: dict[str, Any] = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def browser(chromium: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, beside which Django would refuse to touch the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()
        # Beside that loop the test had connections of its own, which nobody else would close.
        connections.close_all()


def eventually(holds: Callable[[], bool], seconds: float = 5) -> None:
    """What only a script can see, and only once the browser has laid out the page."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "It did not come to hold."
        time.sleep(0.05)


def log_in(page: Page, person: User) -> None:
    """From the front page to the dashboard."""
    person.set_password("correct horse")
    person.save()
    page.goto("/")
    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    # Not that of the login, which ends with the address to go on to.
    expect(page).to_have_url(re.compile(r"^[^?]+/admin/$"))
    # A link that asks in a dialog is an ordinary one until the page's scripts have run.
    page.wait_for_load_state("load")
