"""No mouse: past the menu, through filters, menus and the phone's sidebar, and out again, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from members.models import Member, StaffTask
from tests.factories import NOW, ClubFactory, MemberFactory, UserFactory
from tests.journeys.browsing import SIZES, log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOCUSED = "(e => (e.ariaLabel || e.textContent).trim())(document.activeElement)"
ON_SOMETHING = "document.activeElement !== document.body"


@pytest.fixture
def page(browser: Browser, live_server) -> Page:
    MemberFactory(club=ClubFactory())
    page = browser.new_page(base_url=live_server.url, reduced_motion="reduce", viewport=SIZES["desk"])
    log_in(page, UserFactory(superuser=True))
    return page


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until what has the focus is called so."""
    for _press in range(80):
        page.keyboard.press("Tab")
        if re.search(name, page.evaluate(FOCUSED)):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"Nobody sees that {name} has the focus."
            return
    raise AssertionError(f"Tab never came to {name}.")


def test_logging_out(page: Page):
    tab_to(page, "@club.example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.wait_for_timeout(300)
    tab_to(page, "Log out")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are logged out")).to_be_visible()


def test_a_menu_closes_with_escape_and_gives_the_focus_back(page: Page):
    tab_to(page, "@club.example")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    page.wait_for_function(f"{ON_SOMETHING} && {FOCUSED}.includes('@club.example')")


def test_a_task_is_done_from_its_row(page: Page):
    member = Member.objects.get()
    task = StaffTask.objects.create(
        club=member.club, member=member, description="Call", due_on=NOW.date(), opened_at=NOW
    )
    page.goto("/admin/members/stafftask/")
    tab_to(page, "^Done: Call")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Note")).to_be_focused()
    page.keyboard.type("Is back")
    tab_to(page, "^Cancel$")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{FOCUSED}.startsWith('Done: Call')")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Note")).to_be_focused()
    page.keyboard.type("Is back")
    tab_to(page, "^Done$")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Done. Thank you.")).to_be_visible()
    task.refresh_from_db()
    assert (task.status, task.note) == (StaffTask.Status.COMPLETED, "Is back")


def test_the_actions_of_a_page_on_a_phone(page: Page):
    page.set_viewport_size(SIZES["phone"])
    page.goto(f"/admin/members/member/{Member.objects.get().pk}/change/")
    history = page.get_by_role("link", name="History")
    expect(history).to_be_hidden()
    tab_to(page, "^More actions$")
    page.keyboard.press("Enter")
    expect(history).to_be_visible()
    tab_to(page, "History")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/history/$"))


def test_filtering(page: Page):
    page.goto("/admin/members/member/")
    tab_to(page, "^Filters")
    page.keyboard.press("Enter")
    apply = page.get_by_role("button", name="Apply Filters")
    expect(apply).to_be_visible()
    page.wait_for_function("document.activeElement.closest('#changelist-filter') !== null")
    page.keyboard.press("Escape")
    expect(apply).to_be_hidden()
    page.wait_for_function(f"{ON_SOMETHING} && {FOCUSED}.startsWith('Filters')")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.closest('#changelist-filter') !== null")
    tab_to(page, "^Apply Filters$")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/member/\?"))


def test_going_past_the_menu(page: Page):
    page.goto("/admin/members/member/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_the_menu_on_a_phone(page: Page):
    page.set_viewport_size(SIZES["phone"])
    page.goto("/admin/members/member/")
    menu = page.get_by_role("link", name="Staff tasks")
    expect(menu).to_be_hidden()
    tab_to(page, "Open the menu")
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    page.wait_for_function("document.activeElement.closest('#nav-sidebar') !== null")
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.wait_for_function(f"{FOCUSED} === 'Open the menu'")


def test_the_name_of_the_page_stays_on_a_phone(page: Page):
    page.set_viewport_size(SIZES["phone"])
    for address in ("/admin/members/member/", "/admin/members/member/?q=o", "/admin/members/member/add/"):
        page.goto(address)
        name = page.get_by_role("heading", level=1).get_by_text("Members", exact=True)
        expect(name).to_be_visible()
        shown, whole = name.evaluate("one => [one.clientWidth, one.scrollWidth]")
        assert shown >= whole
