"""A receptionist in a real browser: sees on the dashboard who needs a person, and is done with it there, on a phone too."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from automations.models import Workflow
from automations.operations.workflow_runs import run_workflow
from members.models import StaffTask
from messaging.models import Message
from tests.factories import ClubFactory, MemberFactory, MessageFactory, StepFactory, WorkflowFactory
from tests.journeys.test_staff_in_a_browser import page  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 800}


@pytest.fixture
def club():
    club = ClubFactory(name="Riverside Gym")
    StepFactory(workflow=WorkflowFactory(club=club))
    away = timezone.now() - dt.timedelta(days=40)
    member = MemberFactory(
        club=club, first_name="Zoë", last_name="Lind", is_recurring=True, last_attended_at=away
    )
    run_workflow(Workflow.objects.select_related("club").get())
    MessageFactory(member=member, status=Message.Status.SENT, created_at=timezone.now())
    return club


@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
def test_a_task_is_done_from_the_dashboard_with_a_note(page: Page, club, size):  # noqa: F811
    if size:
        page.set_viewport_size(size)
        page.reload()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    mine = page.get_by_role("region", name="left to a person")
    expect(mine.get_by_role("link", name="Zoë Lind", exact=True)).to_be_visible()
    mine.get_by_role("link", name=re.compile("^Done: ")).press("Enter")
    note = page.get_by_label("Note")
    expect(note).to_be_focused()
    page.keyboard.type("Back from holidays next week")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Done. Thank you.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/admin/$"))
    expect(page.get_by_text("Nobody needs a call.")).to_be_visible()
    task = StaffTask.objects.get()
    assert (task.status, task.note) == ("completed", "Back from holidays next week")


def test_whoever_thinks_better_of_it_gets_back_to_where_she_was(page: Page, club):  # noqa: F811
    done = page.get_by_role("link", name=re.compile("^Done: "))
    done.press("Enter")
    expect(page.get_by_label("Note")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Note")).to_be_hidden()
    expect(done).to_be_focused()
    assert StaffTask.objects.get().status == "pending"
