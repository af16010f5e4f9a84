"""A text from the manager's first word to the member's last, all in a real browser: written, seen, tried, sent, answered by a
no, left out the next time, and read again on the member's own page."""

import datetime as dt
import re
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from members.models import Club
from tests.factories import UserFactory
from tests.journeys.browsing import SIZES, log_in
from tests.journeys.test_every_page import Walk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MONDAY = dt.datetime(2025, 9, 1, 10, tzinfo=zoneinfo.ZoneInfo("America/New_York"))
"""Of the sample members, Zoë came last 20 days before."""


@pytest.fixture
def manager(browser: Browser, live_server: Any, settings: Any, time_machine: Any) -> Page:
    """At her desk, with the rights of her role and no others."""
    time_machine.move_to(MONDAY)
    settings.PUBLIC_URL = live_server.url
    call_command("loaddata", "members", "templates", "workflows", "schedule", "roles", verbosity=0)
    person = UserFactory()
    person.groups.set([Group.objects.get(name="Managers")])
    Club.objects.update(sms_sender="Riverside")
    Club.objects.get().staff.add(person)
    page = browser.new_page(base_url=live_server.url, viewport=SIZES["desk"], reduced_motion="reduce")
    log_in(page, person)
    return page


@pytest.fixture
def phone(browser: Browser, live_server: Any) -> Walk:
    """Zoë's, which knows nothing of the manager's login."""
    context = browser.new_context(base_url=live_server.url, viewport=SIZES["phone"], reduced_motion="reduce")
    return Walk(context.new_page(), live_server.url)


def texts_to_zoe(file: Path) -> list[str]:
    """What the console transport wrote down, the oldest first."""
    return [text for text in file.read_text().split("\n\n") if text.startswith("To: Zoë (SMS)")]


def look_around(phone: Walk, at: str) -> None:
    phone.at = at
    phone.look_around()
    phone.page.set_viewport_size(SIZES["phone"])


def story_of_zoe(manager: Page) -> Any:
    """The timeline of her page in the admin."""
    manager.goto("/admin/members/member/?q=Lindqvist")
    manager.get_by_role("link", name=re.compile("Zoë")).first.click()
    return manager.locator(".rollcall-timeline")


def write_and_try(manager: Page) -> None:
    manager.goto("/admin/messaging/messagetemplate/")
    manager.get_by_role("link", name="We missed you (SMS)", exact=True).click()
    manager.get_by_label("Find a member").fill("Lindqvist")
    bubble = manager.locator(".rollcall-bubble")
    expect(bubble).to_contain_text("Hey Zoë, we missed you last week!")
    text = manager.locator("#id_text_body")
    text.fill("Hey {{ first_name }}, your mat is waiting! {{ booking_link }} No more: ")
    expect(bubble).to_contain_text("Hey Zoë, your mat is waiting!")
    added = manager.get_by_text("nobody can answer STOP to this")
    expect(added).to_be_visible()
    expect(bubble).to_contain_text("Stop: http")
    text.evaluate("field => field.setSelectionRange(field.value.length, field.value.length)")
    manager.get_by_role("button", name="Where to opt out", exact=True).click()
    expect(added).to_have_count(0)
    manager.get_by_label("Your phone number").fill("+41 79 123 45 67")
    manager.get_by_role("button", name="Send a test").click()
    expect(manager.locator("#preview-sent")).to_contain_text("Practice mode")
    manager.get_by_role("button", name="Save", exact=True).click()
    expect(manager.get_by_text("was changed successfully")).to_be_visible()


def run_it(manager: Page) -> None:
    manager.goto("/admin/automations/workflow/")
    manager.get_by_role("link", name="Missed class", exact=True).click()
    manager.get_by_role("link", name="Run now").click()
    manager.get_by_role("button", name="Run it now").click()
    expect(manager.get_by_text("Ran as of")).to_be_visible()
    expect(manager.get_by_role("row", name=re.compile("Zoë.*Messaged", re.DOTALL))).to_be_visible()


def write_to_her_own_page(manager: Page) -> None:
    manager.goto("/admin/messaging/messagetemplate/add/")
    manager.locator("#id_name").press_sequentially("Your locker")
    manager.locator("[name=channel]").select_option("in_app")
    manager.locator("[name=category]").select_option("service")
    manager.get_by_text("In-app messages").click()
    manager.locator("#id_title").fill("Your locker")
    manager.locator("#id_text_body").fill("Hi {{ first_name }}, your locker is free again.")
    manager.get_by_role("button", name="Save", exact=True).click()
    expect(manager.get_by_text("was added successfully")).to_be_visible()
    story_of_zoe(manager)
    manager.get_by_role("link", name="Message now").click()
    dialog = manager.get_by_role("dialog")
    expect(dialog.get_by_label("Message")).to_be_visible()
    # A person takes longer to choose than the dialog takes to listen.
    manager.wait_for_timeout(300)
    dialog.get_by_label("Message").select_option(label="Your locker (In-app)")
    expect(dialog.get_by_text("Hi Zoë, your locker is free again.")).to_be_visible()
    dialog.get_by_role("button", name="Send it").click()
    expect(manager.get_by_text("The message to Zoë is on its way")).to_be_visible()


def come_in_by_link(page: Page, file: Path) -> None:
    page.goto("/me/")
    page.get_by_label("Your e-mail address or phone number").fill("zoe@riverside.example")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="Look at your e-mails or texts")).to_be_visible()
    [link] = re.findall(r"http\S+/me/link/[\w-]+", file.read_text())
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Hello Zoë")).to_be_visible()


def test_a_text_is_written_tried_sent_answered_by_a_no_and_read_again(
    manager: Page, phone: Walk, settings: Any, time_machine: Any, tmp_path: Path
) -> None:
    file, page = settings.MESSAGE_FILE, phone.page
    write_and_try(manager)
    run_it(manager)
    _trial, text = texts_to_zoe(file)
    assert "Hey Zoë, your mat is waiting! https://riverside.example/book No more: http" in text

    [link] = re.findall(r"http\S+/u/\S+", text)
    question = page.get_by_role("heading", name="Stop text messages with offers and news from Riverside Gym?")
    for _look in range(2):
        page.goto(link)
        expect(question).to_be_visible()
    look_around(phone, "the question")
    expect(story_of_zoe(manager)).not_to_contain_text("Opted out")
    page.get_by_role("button", name="Yes, stop").click()
    expect(page.get_by_text("Riverside Gym will not text you offers and news again.")).to_be_visible()
    look_around(phone, "stopped")
    expect(story_of_zoe(manager)).to_contain_text("Opted out")

    time_machine.move_to(MONDAY + dt.timedelta(days=1))
    call_command("run_job", "all")
    assert texts_to_zoe(file) == [_trial, text]
    manager.goto("/admin/automations/decision/?q=Lindqvist")
    why = "Opted out of texts with offers and news."
    expect(manager.get_by_role("row").filter(has_text=why)).to_be_visible()
    call_command("export_log", tmp_path / "log.csv")
    assert why in (tmp_path / "log.csv").read_text()

    write_to_her_own_page(manager)
    come_in_by_link(page, file)
    expect(page.get_by_text("1 new", exact=True)).to_be_visible()
    look_around(phone, "messages")
    page.get_by_role("link", name=re.compile("your mat is waiting")).click()
    expect(page.locator(".words")).to_contain_text("Hey Zoë, your mat is waiting!")
    page.get_by_role("link", name="Back to all messages").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_text("Your locker", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("^(1 )?new$", re.IGNORECASE))).to_have_count(0)

    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Choose what you want to get").click()
    texts, e_mails = (page.get_by_role("group", name=name) for name in ("Text messages", "E-mails"))
    expect(texts.get_by_label("Offers and news")).not_to_be_checked()
    expect(texts.get_by_label("About your membership")).to_be_checked()
    e_mails.get_by_label("Offers and news").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("E-mails, Offers and news: no")
    look_around(phone, "wishes")
    page.get_by_role("link", name="See your messages").click()
    expect(page.get_by_role("heading", name="Hello Zoë")).to_be_visible()
    expect(story_of_zoe(manager)).to_contain_text("E-mails, Offers and news: no")
    assert not phone.wrong, "\n".join(phone.wrong)
