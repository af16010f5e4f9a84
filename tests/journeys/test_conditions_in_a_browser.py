"""A receptionist says who fits in a real browser: rows by mouse and by keyboard, counted while they are typed."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from automations.models import Workflow
from members.models import Club
from tests.factories import MemberFactory
from tests.journeys.test_a_members_page import found_by_axe
from tests.journeys.test_staff_in_a_browser import page, save
from tests.journeys.test_workflows_in_a_browser import away, club, open_form

__all__ = ["away", "club", "page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EDITOR = "[data-conditions]"


def panel_of(page: Page) -> Locator:
    return page.get_by_role("region", name="What it does now")


def row(page: Page, number: int) -> Locator:
    return page.locator(f"{EDITOR} [data-row]:not([data-group])").nth(number)


def ask(row: Locator, field: str, operator: str = "", **values: str) -> None:
    row.get_by_label("What is asked").select_option(label=field)
    if operator:
        row.get_by_label("How it is compared").select_option(label=operator)
    for name, value in values.items():
        shown = row.locator(f"fieldset:not([hidden]) [data-input={name}]")
        shown.select_option(label=value) if shown.evaluate("one => one.tagName") == "SELECT" else shown.fill(
            value
        )


def test_a_receptionist_builds_if_any_of_and_finds_it_again(page: Page, club: Club, away: Any) -> None:
    MemberFactory(
        club=club,
        first_name="Luis",
        membership_level="Gold",
        last_attended_at=club.members.get(first_name="John").last_attended_at,
    )
    workflow = open_form(page)
    panel = panel_of(page)
    expect(panel).to_contain_text("3 would be messaged now")
    page.get_by_role("button", name="Add a condition", exact=True).click()
    # Nothing chosen yet: nothing is asked.
    expect(row(page, 0).get_by_label("What is asked")).to_be_focused()
    expect(panel).to_contain_text("3 would be messaged now")
    ask(row(page, 0), "Level", "is", value="Gold")
    expect(panel).to_contain_text("1 would be messaged now")
    expect(panel).to_contain_text("if level is Gold")
    page.get_by_role("button", name="Add a condition", exact=True).click()
    ask(row(page, 1), "Days away", "is at least", value="15")
    expect(panel).to_contain_text("0 would be messaged now")
    page.locator("#id_conditions-match").select_option("any")
    expect(panel).to_contain_text("2 would be messaged now")
    expect(panel).to_contain_text("if any of: level is Gold; days away is at least 15")
    assert found_by_axe(page, EDITOR) == []
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    workflow.refresh_from_db()
    assert workflow.conditions == {
        "match": "any",
        "rules": [
            {"field": "membership_level", "operator": "is", "value": "Gold"},
            {"field": "days_away", "operator": "at_least", "value": 15},
        ],
    }
    expect(row(page, 0).locator("[data-input=value]").first).to_have_value("Gold")
    expect(page.locator("#id_conditions-match")).to_have_value("any")
    expect(panel).to_contain_text("2 would be messaged now")


def test_the_inputs_follow_the_operator_and_what_is_wrong_stands_at_them(
    page: Page, club: Club, away: Any
) -> None:
    workflow = open_form(page)
    page.get_by_role("button", name="Add a condition", exact=True).click()
    ask(row(page, 0), "Age", "is between", value="30", to="18")
    wrong = row(page, 0).locator(".rollcall-error")
    expect(wrong).to_contain_text("Must not be less than the value before it.")
    expect(panel_of(page)).to_contain_text("Age: Must not be less than the value before it.")
    save(page)
    expect(wrong.first).to_contain_text("Must not be less than the value before it.")
    expect(row(page, 0).locator("[data-input=to]")).to_have_value("18")
    row(page, 0).get_by_label("How it is compared").select_option(label="is empty")
    expect(row(page, 0).locator("[data-input=to]")).to_be_hidden()
    ask(row(page, 0), "Membership", "is one of")
    row(page, 0).get_by_label("Frozen").check()
    row(page, 0).get_by_label("Canceled").check()
    expect(panel_of(page)).to_contain_text("if membership is Frozen or Canceled")
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    workflow.refresh_from_db()
    assert workflow.conditions["rules"] == [
        {"field": "membership_status", "operator": "one_of", "value": ["frozen", "canceled"]}
    ]
    expect(row(page, 0).get_by_label("Frozen")).to_be_checked()


def test_groups_are_made_and_removed_by_keyboard_on_a_phone(page: Page, club: Club, away: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    workflow = open_form(page)
    page.get_by_role("button", name="Add a group").focus()
    page.keyboard.press("Enter")
    expect(row(page, 0).get_by_label("What is asked")).to_be_focused()
    page.keyboard.type("Level")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Gold")
    page.get_by_role("button", name="Add a condition to the group").focus()
    page.keyboard.press("Enter")
    ask(row(page, 1), "Renews by itself", value="yes")
    page.get_by_role("button", name="Add a condition", exact=True).focus()
    page.keyboard.press("Space")
    ask(row(page, 2), "Stage", value="Member")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert found_by_axe(page, EDITOR) == []
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    workflow.refresh_from_db()
    group, stage = workflow.conditions["rules"]
    assert (group["match"], [one["field"] for one in group["rules"]], stage["field"]) == (
        "any",
        ["membership_level", "is_recurring"],
        "stage",
    )
    for _ in range(2):
        row(page, 0).get_by_role("button", name="Remove this condition").focus()
        page.keyboard.press("Enter")
    expect(page.locator(f"{EDITOR} [data-group]")).to_have_count(0)
    row(page, 0).get_by_role("button", name="Remove this condition").click()
    expect(page.get_by_text("No conditions: everybody whom it finds.")).to_be_visible()
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert Workflow.objects.get().conditions == {}
