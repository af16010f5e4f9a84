"""A receptionist in a real browser: logs in, mends a template, adds a step, writes down a visit, all by what she sees."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from automations.models import Workflow
from members.models import Club, Visit
from messaging.models import MessageTemplate
from tests.factories import ClubFactory, MemberFactory, MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.journeys.browsing import log_in
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def club():
    club = ClubFactory(name="Riverside Gym")
    template = MessageTemplateFactory(club=club, slug="hello", name="Hello")
    StepFactory(workflow=WorkflowFactory(club=club), action_params={"template": template.slug})
    MemberFactory(club=club, first_name="Zoë", last_name="Lind")
    return club


@pytest.fixture
def page(browser: Browser, live_server, club: Club):
    """Logged in; fails if a page's script broke or asked another host for anything."""
    person = staff_of(club)
    page = browser.new_page(viewport={"width": 1280, "height": 900}, base_url=live_server.url)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "request",
        lambda asked: broken.append(asked.url) if not asked.url.startswith(live_server.url) else None,
    )
    log_in(page, person)
    yield page
    assert [what for what in broken if not what.startswith("data:")] == []


def save(page: Page, button: str = "Save and continue editing") -> None:
    page.get_by_role("button", name=button, exact=True).click()


def test_a_wrong_placeholder_is_explained_and_the_right_one_inserted_by_a_click(page: Page, club: Club):
    page.get_by_role("link", name="Templates").click()
    page.get_by_role("link", name="Hello", exact=True).click()
    text = page.locator("#id_text_body")
    text.fill("Hi {{ fist_name }}")
    save(page)
    expect(
        page.get_by_text("“fist_name” is not a placeholder. Did you mean {{ first_name }}?").first
    ).to_be_visible()
    text.fill("Hi !")
    text.evaluate("field => { field.focus(); field.setSelectionRange(3, 3); }")
    page.get_by_role("button", name="First name", exact=True).click()
    expect(text).to_have_value("Hi {{ first_name }}!")
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert MessageTemplate.objects.get().text_body == "Hi {{ first_name }}!"


def test_a_step_is_added_with_the_form_of_its_kind(page: Page, club: Club):
    workflow = Workflow.objects.get()
    page.goto(f"/admin/automations/workflow/{workflow.pk}/change/")
    page.get_by_text("Add another Step").click()
    words = page.locator("[name='steps-1-action_params-open_staff_task-description']")
    expect(words).to_be_hidden()
    page.locator("[name='steps-1-action']").select_option("open_staff_task")
    expect(page.locator("[name='steps-1-action_params-send_message-template']")).to_be_hidden()
    words.fill("Call her")
    page.locator("[name='trigger_params-missed_class-max_days']").fill("3")
    save(page)
    expect(page.get_by_text("Must be more than the days in the line above.", exact=True)).to_be_visible()
    expect(words).to_have_value("Call her")
    page.locator("[name='trigger_params-missed_class-max_days']").fill("30")
    save(page)
    expect(page.get_by_text("then open a staff task: “Call her”.")).to_be_visible()
    assert [step.action for step in workflow.steps.all()] == ["send_message", "open_staff_task"]


def test_a_visit_is_written_down_for_a_member_found_by_name(page: Page, club: Club):
    page.goto("/admin/members/visit/add/")
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("lind")
    page.get_by_role("option", name="Zoë Lind").click()
    save(page, "Save")
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert Visit.objects.get().member.first_name == "Zoë"


def test_filters_and_logging_out_are_reached_by_keyboard(page: Page, club: Club):
    page.goto("/admin/members/member/")
    page.get_by_role("button", name="Filters").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("35 days or more").first).to_be_attached()
    expect(page.get_by_role("button", name="Apply Filters")).to_be_visible()
    page.goto("/admin/")
    page.get_by_role("button", name=re.compile("@club.example")).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("Log in again")).to_be_visible()


def test_the_dashboard_fits_a_phone(page: Page, club: Club):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/admin/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("width", [390, 1280])
def test_a_workflow_is_started_for_those_who_were_chosen_on_any_screen(page: Page, club: Club, width: int):
    open_day = WorkflowFactory(
        club=club, slug="open-day", name="Open day", trigger="manual", trigger_params={}
    )
    StepFactory(workflow=open_day)
    MemberFactory(club=club, first_name="Ada")
    MemberFactory(club=club, first_name="Olga")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/admin/members/member/")
    for name in ("Zoë", "Olga"):
        box = page.locator("tr", has_text=name).get_by_role("checkbox", name="Select record")
        expect(box).to_be_visible()
        box.check()
    expect(page.get_by_text("2 of 3 selected")).to_be_visible()
    page.locator("select[name=action]").select_option(label="Start a workflow")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("Start which workflow for 2 members?")).to_be_visible()
    page.locator("select[name=workflow]").select_option(label="Open day")
    page.get_by_role("button", name="Start it").click()
    expect(page.get_by_text("“Open day” was started for 2 members.")).to_be_visible()
    names = open_day.manual_starts.values_list("member__first_name", flat=True)
    assert set(names) == {"Zoë", "Olga"}


def test_a_refused_save_says_why_in_view_and_leads_into_the_field(page: Page, club: Club):
    page.goto(f"/admin/members/member/{club.members.get().pk}/change/")
    page.locator("#id_first_name").fill("")
    page.locator("#id_phone").fill("079 123 45 67")
    save(page, "Save")
    why = page.locator(".rollcall-errors")
    expect(why).to_be_in_viewport(ratio=1)
    expect(why).to_be_focused()
    expect(why).to_contain_text("Not yet done: please look at 2 things.")
    why.get_by_role("link", name="Phone").click()
    expect(page.locator("#id_phone")).to_be_focused()
    expect(page.locator("#id_phone")).to_be_in_viewport()
    page.locator("#id_phone").fill("+41 (0)79 123-45-67")
    page.locator("#id_first_name").fill("Zoë")
    save(page, "Save")
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert club.members.get().phone == "+41791234567"


def test_the_cursor_waits_in_the_username(browser: Browser, live_server):
    page = browser.new_page(base_url=live_server.url)
    page.goto("/")
    expect(page.get_by_label("Username")).to_be_focused()
