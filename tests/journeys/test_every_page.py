"""Every page of the admin in a real browser, found through what is registered, so that the next one is walked too.

Nothing that axe finds (WCAG 2.1 A and AA), nothing that the content security policy stops, no error on the console, no
request to another host, no page that a phone would have to push sideways; with names that are long, foreign, and odd.
"""

from collections.abc import Iterable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.db import connections
from django.template.loader import render_to_string
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright

from members.models import Club, Member, StaffTask
from messaging.models import ConsentRecord, MessageTemplate
from messaging.rules.unsubscribe_links import unsubscribe_url
from tests.config.every_admin import pages, rows_of_everything
from tests.factories import MemberFactory, UserFactory
from tests.journeys.browsing import QUIET

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
DESK, PHONE = "desk, light", "phone, dark"
SIZES = {DESK: {"width": 1280, "height": 900}, PHONE: {"width": 390, "height": 800}}
ODD_NAMES = [
    ("W" * 100, "V" * 100),
    ("مُحَمَّد", "الخوارزمي"),
    ("👩🏽‍🚀🏳️‍🌈", "🤸"),
    ("<b>Bobby</b>", "'; DROP TABLE"),
]


class Walk:
    """One browser, one login; what was wrong is gathered and told at the end, page by page."""

    def __init__(self, page: Page, host: str) -> None:
        self.page, self.host = page, host
        self.wrong: list[str] = []
        self.at = ""
        self.refused_is_fine = False
        page.on("pageerror", lambda error: self.note(f"script: {error}"))
        page.on("console", self.hear)
        page.on("request", self.watch)

    def note(self, what: str) -> None:
        self.wrong.append(f"{self.at}: {what}")

    def hear(self, said: Any) -> None:
        # The browser itself reports the status of an error page.
        if said.type == "error" and not (self.refused_is_fine and "the server responded" in said.text):
            self.note(f"console: {said.text}")

    def watch(self, asked: Any) -> None:
        if not asked.url.startswith((self.host, "data:", "about:", "blob:")):
            self.note(f"left the host for {asked.url}")

    def see(self, name: str, url: str, *, status: int = 200, axe_on: Iterable[str] = (DESK, PHONE)) -> None:
        """On a desk by light, then on a phone in the dark."""
        self.at, self.refused_is_fine = name, status != 200
        self.turn_to(DESK)
        answer = self.page.goto(url, wait_until="load")
        if answer is None or answer.status != status:
            self.note(f"answered {answer and answer.status} instead of {status}")
        for how in (DESK, PHONE):
            self.turn_to(how)
            self.measure(how)
            if how in axe_on:
                self.look(how)

    def turn_to(self, how: str) -> None:
        self.page.set_viewport_size(SIZES[how])
        self.page.emulate_media(color_scheme="light" if how == DESK else "dark")

    def measure(self, how: str) -> None:
        width, fits = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if width > fits:
            self.note(f"{how}: is {width} px wide")

    def look(self, how: str) -> None:
        # The skin's colors move for a moment after a change of theme.
        self.page.evaluate("document.getAnimations().forEach(one => { try { one.finish() } catch {} })")
        for violation in Axe().run(self.page, options=AXE).response["violations"]:
            for node in violation["nodes"]:
                self.note(f"{how}: {violation['id']} at {node['target']} {node['html'][:200]}")


@pytest.fixture
def walk(chromium, live_server, monkeypatch):
    # Playwright keeps an event loop in this thread, beside which Django would refuse to touch the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_context(base_url=live_server.url, reduced_motion="reduce").new_page()
        yield Walk(page, live_server.url)
        browser.close()
        connections.close_all()


def log_in(walk: Walk, person: User) -> None:
    person.set_password("correct horse")
    person.save()
    walk.page.goto("/admin/login/")
    walk.page.get_by_label("Username").fill(person.username)
    walk.page.get_by_label("Password").fill("correct horse")
    walk.page.keyboard.press("Enter")
    walk.page.wait_for_url("**/admin/")


def test_every_page_is_usable_by_everybody_and_loads_nothing_from_elsewhere(walk, client):
    rows = rows_of_everything("Visible")
    for first, last in ODD_NAMES:
        MemberFactory(club=rows[Club], first_name=first, last_name=last, days_away=9)
    Member.objects.filter(pk=rows[Member].pk).update(first_name="W" * 100, last_name="الخوارزمي 👩🏽‍🚀")
    MessageTemplate.objects.update(text_body="{{ first_name }} " + "A" * 400)
    StaffTask.objects.update(description="Ö" * 200, note="B" * 300)
    person = UserFactory(superuser=True)
    client.force_login(person)
    addresses = [("dashboard", "/admin/"), ("password", reverse("admin:password_change"))]
    addresses += [("no match", f"{reverse('admin:members_member_changelist')}?q=nothing-is-called-like-this")]
    for page in pages(rows):
        answer = client.get(page.url)
        # A part of a page is looked at in its page.
        if answer.status_code == 200 and b"<html" in getattr(answer, "content", b""):
            addresses.append((page.name, page.url))
    log_in(walk, person)
    for number, (name, url) in enumerate(addresses):
        # Axe once for each, in turns, so that each kind of page is asked both ways; the dashboard at once.
        walk.see(name, url, axe_on=(DESK, PHONE) if url == "/admin/" else ((DESK, PHONE)[number % 2],))
    assert not walk.wrong, "\n".join(walk.wrong)


def test_the_pages_around_the_admin_are_as_good(walk, settings):
    settings.PUBLIC_URL = walk.host
    rows = rows_of_everything("Visible")
    walk.see("login", "/admin/login/")
    walk.see("login, sent there", "/admin/members/member/")
    walk.page.get_by_label("Username").fill("nobody")
    walk.page.get_by_label("Password").fill("wrong")
    walk.page.keyboard.press("Enter")
    walk.page.get_by_text("Please enter the correct").wait_for()
    walk.look("login, refused")
    opt_out = unsubscribe_url(rows[Member].pk, "email")
    walk.see("unsubscribe", opt_out)
    walk.page.get_by_role("button").click()
    walk.page.get_by_text("will not e-mail you again").wait_for()
    walk.look("unsubscribed")
    walk.see("unknown link", f"{opt_out}x", status=404)
    log_in(walk, UserFactory(superuser=True))
    walk.see("404", "/nowhere", status=404)
    walk.see(
        "403", reverse("admin:messaging_consentrecord_delete", args=[rows[ConsentRecord].pk]), status=403
    )
    for name in ("400", "403_csrf", "500"):
        walk.at = name
        walk.page.set_content(render_to_string(f"{name}.html"))
        walk.measure(PHONE)
        walk.look(PHONE)
    walk.page.goto("/admin/")
    walk.turn_to(DESK)
    walk.page.get_by_role("button", name="@club.example").click()
    walk.page.get_by_role("button", name="Log out").click()
    walk.page.get_by_text("You are logged out").wait_for()
    walk.at = "logged out"
    walk.look(DESK)
    assert not walk.wrong, "\n".join(walk.wrong)
