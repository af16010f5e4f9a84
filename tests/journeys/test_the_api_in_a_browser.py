"""The API's page in a real browser, and a manager who makes a key for the till."""

import re

import pytest
from playwright.sync_api import Browser, expect

from members.models import ApiKey
from tests.factories import ClubFactory
from tests.journeys.browsing import SIZES, log_in
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_needs_no_other_host_and_the_policy_stops_nothing(browser: Browser, live_server):
    page = browser.new_page(base_url=live_server.url)
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((live_server.url, "data:", "blob:")) else wrong.append(asked.url)
        ),
    )
    page.goto("/api/v1/docs")
    page.get_by_text("What members bought").click()
    expect(page.get_by_text("Each item is all that is known of one agreement")).to_be_visible()
    assert wrong == []


@pytest.mark.parametrize("size", SIZES)
def test_a_manager_makes_a_key_copies_it_and_revokes_it(browser: Browser, live_server, size):
    page = browser.new_page(base_url=live_server.url, viewport=SIZES[size])
    log_in(page, staff_of(ClubFactory(name="Riverside Gym")))
    page.goto("/admin/members/apikey/add/")
    page.get_by_label("Name").fill("Till")
    page.get_by_label("Write visits").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("nobody can show it again")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^rollcall_\S{50,}$"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    page.get_by_role("link", name="All keys").click()
    page.goto(f"/admin/members/apikey/{ApiKey.objects.get().pk}/change/")
    page.goto(f"/admin/members/apikey/{ApiKey.objects.get().pk}/revoke")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Nobody gets in by it any more")).to_be_visible()
    assert ApiKey.objects.get().revoked_at
