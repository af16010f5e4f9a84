"""Somebody of the staff says, by keyboard, what to do where a text cannot reach a member, and tries two wordings."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from automations.models import Workflow
from members.models import Club
from tests.factories import ClubFactory, MemberFactory, MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.journeys.test_staff_in_a_browser import page, save

__all__ = ["page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AT = "steps-0-action_params-send_message-"


@pytest.fixture
def club() -> Club:
    club: Club = ClubFactory(name="Riverside Gym")
    for slug, more in (("hello", {}), ("hi", {}), ("letter", {"as_email": True})):
        MessageTemplateFactory(club=club, slug=slug, name=slug.capitalize(), **more)
    StepFactory(workflow=WorkflowFactory(club=club), action_params={"template": "hello"})
    at = timezone.now() - dt.timedelta(days=10)
    MemberFactory(club=club, first_name="Mei", last_attended_at=at)
    MemberFactory(club=club, first_name="Aisha", phone="", last_attended_at=at)
    return club


@pytest.mark.parametrize("width", [1280, 390])
def test_another_way_and_a_second_wording_are_found_tried_and_kept(
    page: Page, club: Club, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    workflow = Workflow.objects.get()
    address = f"/admin/automations/workflow/{workflow.pk}/change/"
    page.goto(address)
    fallback = page.locator(f"[name='{AT}fallback']")
    expect(fallback).to_be_hidden()
    page.locator("#steps-0 summary, [data-kind='send_message'] summary").first.focus()
    page.keyboard.press("Enter")
    expect(fallback).to_be_visible()
    fallback.select_option("hi")
    wrong = page.locator("form .rollcall-error", has_text="Choose a message of another channel")
    expect(wrong).to_be_visible()
    fallback.select_option("letter")
    page.locator(f"[name='{AT}fallback_task']").fill("Call them")
    page.locator(f"[name='{AT}template_b']").select_option("hi")
    expect(wrong).to_have_count(0)
    expect(page.get_by_text("or else “Letter”").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    page.goto(address)
    expect(page.locator(f"[name='{AT}fallback']")).to_be_visible()
    expect(page.locator(f"[name='{AT}fallback']")).to_have_value("letter")
    params = workflow.steps.get().action_params
    assert (params["fallback"], params["template_b"], params["fallback_task"]) == (
        "letter",
        "hi",
        "Call them",
    )
