"""Somebody who never saw Rollcall, from login to log, by what the pages say: at a desk, and on a phone."""

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from members.models import Club
from messaging.models import Message
from tests.factories import ClubFactory, MemberFactory, MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.journeys.browsing import SIZES, log_in
from tests.members.admin.world import staff_of
from tests.scripted_transport import ScriptedTransport

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def club() -> Club:
    # Never in its quiet hours.
    club: Any = ClubFactory(name="Riverside Gym", send_from="00:00", send_until="23:59:59.999999")
    template = MessageTemplateFactory(club=club, name="We missed you", text_body="Hi {{ first_name }}!")
    workflow = WorkflowFactory(club=club, is_enabled=False)
    StepFactory(workflow=workflow, action_params={"template": template.slug})
    now = timezone.now()
    for name, days in (("Anna", 6), ("Ben", 9)):
        MemberFactory(club=club, first_name=name, last_attended_at=now - dt.timedelta(days=days))
    return club


@pytest.fixture(params=SIZES)
def page(request: Any, browser: Browser, live_server: Any, club: Club) -> Any:
    """Logged in as a manager, with the rights that the roles give and no others."""
    call_command("loaddata", "roles", verbosity=0)
    person = staff_of(club, permissions=[])
    person.groups.set([Group.objects.get(name="Managers")])
    page = browser.new_page(viewport=SIZES[request.param], base_url=live_server.url)
    page.set_default_timeout(10_000)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    log_in(page, person)
    yield page
    assert broken == []


def choose(page: Page, entry: str) -> None:
    """An entry of the menu, which a phone opens first."""
    if page.viewport_size == SIZES["phone"]:
        page.get_by_role("button", name="Open the menu").click()
    with page.expect_navigation():
        page.locator("#nav-sidebar").get_by_role("link").get_by_text(entry, exact=True).click()


def test_a_template_is_edited_the_workflow_switched_on_and_each_member_understood(
    page: Page, club: Club, provider: ScriptedTransport
) -> None:
    choose(page, "Templates")
    page.get_by_role("link", name="We missed you", exact=True).click()
    page.get_by_label("Text", exact=False).first.fill("Hey {{ first_name }}, come back!")
    expect(page.get_by_text("Hey John, come back!").first).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()

    choose(page, "Workflows")
    page.get_by_role("link", name="Missed class", exact=True).click()
    panel = page.get_by_role("region", name="What it does now")
    expect(panel).to_contain_text("send the message “We missed you”")
    expect(panel).to_contain_text("6 days away: 1 day short")
    page.locator("#id_is_enabled").check()
    expect(panel).to_contain_text("1 would be messaged now")
    expect(panel).to_contain_text("Ben")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()

    choose(page, "Dashboard")
    expect(page.get_by_text("due for follow-up")).to_be_visible()
    expect(page.get_by_role("link", name="Ben").first).to_be_visible()

    choose(page, "Workflows")
    page.get_by_role("link", name="Missed class", exact=True).click()
    if page.viewport_size == SIZES["phone"]:
        page.get_by_text("more_horiz").filter(visible=True).click()
    page.get_by_role("link", name="Run now").filter(visible=True).click()
    page.get_by_role("button", name="Run it now").click()
    expect(page.get_by_text("Ran as of")).to_be_visible()
    assert [envelope.text for envelope in provider.asked] == ["Hey Ben, come back!"]

    # Why did Anna get nothing?
    choose(page, "Members")
    page.get_by_placeholder("Name, phone, e-mail or member ID").fill("anna")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Anna")).click()
    expect(page.get_by_text("Why, why not, and when")).to_be_visible()
    expect(page.get_by_text("6 days away, needs 7.").first).to_be_visible()
    expect(
        page.get_by_text(re.compile("Anna will be texted on .* unless Anna comes first")).first
    ).to_be_visible()

    choose(page, "Message log")
    expect(page.get_by_role("row", name=re.compile("Ben.*Sent", re.IGNORECASE | re.DOTALL))).to_be_visible()
    page.get_by_role("row", name=re.compile("Ben")).get_by_role("link").first.click()
    expect(page.get_by_text("Hey Ben, come back!").first).to_be_visible()
    assert Message.objects.get().status == "sent"
