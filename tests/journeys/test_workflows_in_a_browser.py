"""Staff edit a workflow in a real browser: the panel follows what is typed, and steps move and go without a loss."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from automations.models import Enrollment, Workflow
from automations.operations.starting_library import add_starting_workflows
from automations.operations.workflow_runs import run_workflow
from members.models import Club
from tests.factories import (
    ClubFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
)
from tests.journeys.browsing import eventually
from tests.journeys.test_staff_in_a_browser import page, save

__all__ = ["page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TASK = "action_params-open_staff_task-description"


@pytest.fixture
def club():
    club = ClubFactory(name="Riverside Gym")
    template = MessageTemplateFactory(club=club, slug="hello", name="Hello")
    StepFactory(workflow=WorkflowFactory(club=club), action_params={"template": template.slug})
    return club


@pytest.fixture
def away(club):
    """Three members, relative to the browser's own day."""
    now = timezone.now()
    for days, name in ((3, "Aisha"), (10, "John"), (20, "Mei")):
        at = now - dt.timedelta(days=days)
        MemberFactory(club=club, first_name=name, last_attended_at=at)


def open_form(page: Page) -> Workflow:
    workflow = Workflow.objects.get()
    page.goto(f"/admin/automations/workflow/{workflow.pk}/change/")
    return workflow


def add_call(page: Page, number: int, words: str) -> None:
    page.get_by_text("Add another Step").click()
    page.locator(f"[name='steps-{number}-action']").select_option("open_staff_task")
    page.locator(f"[name='steps-{number}-{TASK}']").fill(words)


def calls_of(workflow: Workflow) -> list[str]:
    return [step.action_params.get("description", "message") for step in workflow.steps.all()]


def test_the_panel_follows_what_is_typed_before_it_is_saved(page: Page, club: Club, away):
    workflow = open_form(page)
    panel = page.get_by_role("region", name="What it does now")
    expect(panel).to_contain_text("2 would be messaged now")
    expect(panel).to_contain_text("Mei, John")
    page.locator("[name='trigger_params-missed_class-min_days']").fill("15")
    expect(panel).to_contain_text("1 would be messaged now")
    expect(panel).to_contain_text("away for 15 days or more")
    expect(panel).to_contain_text("10 days away: 5 days short")
    page.locator("[name='trigger_params-missed_class-min_days']").fill("50")
    wrong = page.locator("form .rollcall-error", has_text="Must be more than the days in the line above.")
    expect(panel).to_contain_text("Must be more than the days in the line above.")
    page.locator("[name='trigger_params-missed_class-max_days']").fill("49")
    expect(wrong).to_be_visible()
    page.locator("[name='trigger_params-missed_class-max_days']").fill("60")
    expect(wrong).to_have_count(0)
    expect(panel).to_contain_text("0 would be messaged now")
    workflow.refresh_from_db()
    assert workflow.trigger_params["min_days"] == 7
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    workflow.refresh_from_db()
    assert workflow.trigger_params["min_days"] == 50


@pytest.mark.parametrize("width", [1280, 390])
def test_the_numbers_stay_in_sight_while_one_types_far_below(page: Page, club: Club, away, width):
    page.set_viewport_size({"width": width, "height": 800})
    open_form(page)
    panel, short = page.get_by_role("region", name="What it does now"), page.locator("[data-short]")
    expect(panel).to_contain_text("2 would be messaged now")
    expect(short).to_be_hidden()
    page.locator("[name='patience_hours']").scroll_into_view_if_needed()
    page.locator("[name='patience_hours']").fill("48")
    if width > 1000:
        expect(panel.get_by_text("would be messaged now")).to_be_in_viewport()
    else:
        expect(short).to_be_visible()
        expect(short).to_have_text("2 would be messaged now")


def test_removing_a_new_step_keeps_what_was_typed_in_those_after_it(page: Page, club: Club):
    workflow = open_form(page)
    for number, words in enumerate(("First", "Second", "Third"), start=1):
        add_call(page, number, words)
    page.locator("#steps-group .form-group:not(.empty-form)").nth(1).locator(".delete-template").click()
    expect(page.locator(f"[name='steps-1-{TASK}']")).to_have_value("Second")
    expect(page.locator(f"[name='steps-2-{TASK}']")).to_have_value("Third")
    # What a hidden form requires would keep a browser from sending the whole.
    expect(page.locator("[data-kind][hidden] [required], .empty-form [required]")).to_have_count(0)
    # The form of the kind still follows its select, under the new number.
    page.locator("[name='steps-2-action']").select_option("send_message")
    expect(page.locator(f"[name='steps-2-{TASK}']")).to_be_hidden()
    page.locator("[name='steps-2-action']").select_option("open_staff_task")
    add_call(page, 3, "Fourth")
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert calls_of(workflow) == ["message", "Second", "Third", "Fourth"]


def test_steps_are_moved_by_keyboard_and_saved_in_their_new_order(page: Page, club: Club):
    workflow = open_form(page)
    add_call(page, 1, "First")
    add_call(page, 2, "Second")
    page.get_by_role("button", name="Step 3: Move up").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Step 1: Move up")).to_be_disabled()
    # A removed one leaves the others their places and their words.
    page.get_by_text("Add another Step").click()
    page.locator("#steps-group .form-group:not(.empty-form)").last.locator(".delete-template").click()
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert calls_of(workflow) == ["Second", "message", "First"]
    assert [step.position for step in workflow.steps.all()] == [1, 2, 3]


def test_a_new_workflow_is_made_on_one_page(page: Page, club: Club, away):
    page.goto("/admin/automations/workflow/add/")
    page.locator("#id_name").press_sequentially("Come back soon")
    expect(page.locator("#id_slug")).to_have_value("come-back-soon")
    page.locator("#id_trigger").select_option("missed_class")
    add_call(page, 0, "Call")
    panel = page.get_by_role("region", name="What it does now")
    expect(panel).to_contain_text("2 would be followed up now")
    expect(panel).to_contain_text("open a staff task: “Call”")
    assert not Workflow.objects.filter(slug="come-back-soon").exists()
    save(page, "Save")
    expect(page.get_by_text("Saved. Switch it on when you are ready.")).to_be_visible()
    assert calls_of(Workflow.objects.get(slug="come-back-soon")) == ["Call"]


def test_switching_it_off_asks_while_somebody_is_under_way(page: Page, club: Club):
    workflow = open_form(page)
    EnrollmentFactory(workflow=workflow, step=workflow.steps.get(), position=1)
    page.locator("#id_is_enabled").uncheck()
    panel = page.get_by_role("region", name="What it does now")
    expect(panel).to_contain_text("1 member stops where they stand")
    save(page)
    expect(page.get_by_role("heading", name="Before this is saved")).to_be_visible()
    workflow.refresh_from_db()
    assert workflow.is_enabled
    page.get_by_role("button", name="Yes, save it").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    workflow.refresh_from_db()
    assert not workflow.is_enabled


def test_it_is_run_once_however_often_the_button_is_pressed(page: Page, club: Club, away):
    workflow = open_form(page)
    page.get_by_role("link", name="Run now").click()
    page.get_by_role("button", name="Run it now").dblclick()
    expect(page.get_by_text("Ran as of")).to_be_visible()
    assert workflow.runs.count() == 1
    assert Enrollment.objects.count() == 2


@pytest.mark.parametrize("address", ["", "add/", "1/change/", "1/run-now/", "1/dry-run/", "1/history/"])
def test_its_pages_fit_a_phone(page: Page, club: Club, address):
    workflow = Workflow.objects.get()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"/admin/automations/workflow/{address.replace('1/', f'{workflow.pk}/')}")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_last_90_days_are_asked_by_a_button_and_anew_by_its_slider(page: Page, club: Club, away):
    open_form(page)
    panel = page.get_by_role("region", name="What it does now")
    panel.get_by_role("button", name="What would it have done in the last 90 days?").click()
    answer = panel.locator("[data-look-back]")
    expect(answer).to_contain_text("would have followed up 2; 0 of them came by themselves", timeout=30_000)
    slider = panel.get_by_role("slider")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    expect(page.locator("[name='trigger_params-missed_class-min_days']")).to_have_value("12")
    expect(answer).to_contain_text("would have followed up 1; 0 of them", timeout=30_000)
    expect(panel).to_contain_text("away for 12 days or more")
    is_old = panel.get_by_text("this answer is of before")
    expect(is_old).to_be_hidden()
    page.locator("[name='trigger_params-missed_class-max_days']").fill("34")
    expect(is_old).to_be_visible()
    panel.get_by_role("button", name="What would it have done in the last 90 days?").click()
    expect(is_old).to_be_hidden(timeout=30_000)


SIDEWAYS = """() => [...document.querySelectorAll("body *")]
    .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth)
    .filter(one => ["auto", "scroll"].includes(getComputedStyle(one).overflowX))
    .map(one => `${one.tagName}.${one.className.slice(0, 60)} ${one.scrollWidth} > ${one.clientWidth}`)"""


def test_on_a_phone_the_list_is_read_without_pushing_sideways(page: Page, club, away):
    add_starting_workflows(club=club)
    run_workflow(Workflow.objects.order_by("pk")[0])
    Workflow.objects.filter(slug="missed-class").update(name="W" * 100)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/admin/automations/workflow/")
    expect(page.locator("#result_list tbody tr").first).to_be_visible()
    eventually(lambda: page.evaluate(SIDEWAYS) == [])
    # Seen where it does happen.
    page.add_style_tag(content="#result_list td { white-space: nowrap; min-width: 30rem }")
    eventually(lambda: page.evaluate(SIDEWAYS) != [])


def test_a_new_workflow_begins_with_the_cooldown_that_its_kind_needs_until_one_is_typed(
    page: Page, club: Club
):
    page.goto("/admin/automations/workflow/add/")
    kind, days = page.locator("[name='trigger']"), page.locator("[name='cooldown_days']")
    for chosen, usual in (("booking_created", "0"), ("missed_class", "7")):
        kind.select_option(chosen)
        expect(days).to_have_value(usual)
    days.fill("3")
    kind.select_option("payment_overdue")
    expect(days).to_have_value("3")
