"""Every page of the admin in a real browser, found through what is registered, so that the next one is walked too.

Nothing that axe finds (WCAG 2.1 A and AA), nothing that the content security policy stops, no error on the console, no
request to another host, no page that a phone would have to push sideways; with names that are long, foreign, and odd.
"""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.template.loader import render_to_string
from django.urls import reverse
from playwright.sync_api import Browser, Page

from members.models import Club, Member, StaffTask
from messaging.models import ConsentRecord, MessageTemplate
from messaging.rules.unsubscribe_links import unsubscribe_url
from tests.config.every_admin import pages, rows_of_everything
from tests.factories import MemberFactory, UserFactory
from tests.journeys.browsing import SIZES, log_in

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]

ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
COLORS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What a change of theme or of width may break."""
WHOLLY_ON_A_PHONE = {"dashboard", "no match"}
"""What else a phone changes is the same on every page."""
SAME_EVERYWHERE = ["#nav-sidebar"]
"""Half of what there is on most pages; asked about with the dashboard."""
FOUND_BY_AXE = """([exclude, runOnly]) =>
    axe.run({exclude}, {runOnly, resultTypes: ["violations"], preload: false}).then(answer =>
        answer.violations.flatMap(({id, nodes}) =>
            nodes.map(({target, html}) => `${id} at ${target} ${html.slice(0, 200)}`)))"""
CALLED_LIKE_ITS_ICON = """() => [...document.querySelectorAll("a, button, [role=button]")]
    .filter(one => one.offsetParent && !one.ariaLabel)
    .filter(one => {
        const icons = [...one.querySelectorAll(".material-symbols-outlined")].map(icon => icon.textContent.trim());
        return icons.length && one.textContent.replace(/\\s/g, "") === icons.join("");
    })
    .map(one => one.outerHTML.slice(0, 200))"""
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

    def see(self, name: str, url: str, *, status: int = 200) -> None:
        self.at, self.refused_is_fine = name, status != 200
        answer = self.page.goto(url, wait_until="load")
        if answer is None or answer.status != status:
            self.note(f"answered {answer and answer.status} instead of {status}")
        self.look_around()

    def look_around(self) -> None:
        """As it was loaded: by light at a desk, and in the dark on a phone."""
        self.page.evaluate(AXE_SCRIPT)
        left_out = [] if self.at == "dashboard" else SAME_EVERYWHERE
        on_a_phone = ALL if self.at in WHOLLY_ON_A_PHONE else COLORS
        for size, theme, rules in (("desk", "light", ALL), ("phone", "dark", on_a_phone)):
            self.turn_to(size, theme)
            width, fits = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            if width > fits:
                self.note(f"{size}: is {width} px wide")
            # The skin's colors move for a moment after a change of theme.
            self.page.evaluate("document.getAnimations().forEach(one => { try { one.finish() } catch {} })")
            for found in self.page.evaluate(FOUND_BY_AXE, [left_out, rules]):
                self.note(f"{size}, {theme}: {found}")
            for found in self.page.evaluate(CALLED_LIKE_ITS_ICON):
                self.note(f"{size}: has no name but its icon's: {found}")
        self.turn_to("desk", "light")

    def turn_to(self, size: str, theme: Any) -> None:
        self.page.set_viewport_size(SIZES[size])
        self.page.emulate_media(color_scheme=theme)
        # The skin asks for the system's theme only when it loads.
        self.page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", theme == "dark")


@pytest.fixture
def walk(browser: Browser, live_server):
    page = browser.new_page(
        base_url=live_server.url, reduced_motion="reduce", viewport=SIZES["desk"], color_scheme="light"
    )
    return Walk(page, live_server.url)


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
    log_in(walk.page, person)
    for name, url in addresses:
        walk.see(name, url)
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
    walk.at = "login, refused"
    walk.look_around()
    opt_out = unsubscribe_url(rows[Member].pk, "email")
    walk.see("unsubscribe", opt_out)
    walk.page.get_by_role("button").click()
    walk.page.get_by_text("will not e-mail you again").wait_for()
    walk.at = "unsubscribed"
    walk.look_around()
    walk.see("unknown link", f"{opt_out}x", status=404)
    log_in(walk.page, UserFactory(superuser=True))
    walk.see("404", "/nowhere", status=404)
    walk.see(
        "403", reverse("admin:messaging_consentrecord_delete", args=[rows[ConsentRecord].pk]), status=403
    )
    for name in ("400", "403_csrf", "500"):
        walk.at = name
        walk.page.set_content(render_to_string(f"{name}.html"))
        walk.look_around()
    walk.page.goto("/admin/")
    walk.page.get_by_role("button", name="@club.example").click()
    walk.page.get_by_role("button", name="Log out").click()
    walk.page.get_by_text("You are logged out").wait_for()
    walk.at = "logged out"
    walk.look_around()
    assert not walk.wrong, "\n".join(walk.wrong)
