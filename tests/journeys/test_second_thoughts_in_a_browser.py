"""A manager who changes her mind, in a real browser: starts a workflow for chosen members, holds back and lets go, pushes on,
lets a large run go, stops what is left, and says sorry; each question is looked at by day and in the dark, on a phone too."""

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, expect

from automations.engine.evaluation import evaluate, start_run
from automations.engine.fuse import RunHeld
from automations.models import Workflow, WorkflowRun
from tests.factories import ClubFactory, MemberFactory, MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.journeys.browsing import SIZES, log_in
from tests.journeys.test_every_page import Walk
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def workflows() -> list[Workflow]:
    """One that is started by hand and writes twice, and one whose first run is held for its size."""
    # Never in its quiet hours.
    club: Any = ClubFactory(name="Riverside Gym", send_from="00:00", send_until="23:59:59.999999")
    by_hand = WorkflowFactory(
        club=club, name="Open day", slug="open-day", trigger="manual", trigger_params={}, cooldown_days=0
    )
    large = WorkflowFactory(club=club, name="Quiet ones", slug="quiet-ones", fuse_first=1)
    for workflow, delay, words in (
        (by_hand, 0, "{{ first_name }}, come on Saturday!"),
        (by_hand, 1, "{{ first_name }}, see you tomorrow!"),
        (large, 0, "{{ first_name }}, we missed you!"),
    ):
        template = MessageTemplateFactory(club=club, text_body=words)
        StepFactory(
            workflow=workflow,
            position=workflow.steps.count() + 1,
            delay=delay,
            action_params={"template": template.slug},
        )
    now = timezone.now()
    for name in ("Ana", "Ben"):
        MemberFactory(
            club=club, first_name=name, last_name="Lind", last_attended_at=now - dt.timedelta(days=9)
        )
    with pytest.raises(RunHeld):
        evaluate(start_run(large, kind=WorkflowRun.Kind.DAILY, now=now))
    return [by_hand, large]


@pytest.fixture
def walk(browser: Browser, live_server: Any, workflows: list[Workflow]) -> Walk:
    page = browser.new_page(
        base_url=live_server.url, reduced_motion="reduce", viewport=SIZES["desk"], color_scheme="light"
    )
    log_in(page, staff_of(workflows[0].club))
    return Walk(page, live_server.url)


def ask(walk: Walk, link: str) -> Locator:
    """The question behind the first link of that name, looked at: in a dialog, or on a page of its own."""
    walk.page.get_by_role("link", name=link).first.click()
    question = walk.page.locator("#rollcall-question")
    expect(question.get_by_role("heading")).to_be_visible()
    walk.at = link
    walk.look_around()
    return question


def answer(walk: Walk, question: Locator, button: str, says: str) -> None:
    question.get_by_role("button", name=button, exact=True).click()
    expect(walk.page.get_by_text(says)).to_be_visible()


def start_for_both(walk: Walk) -> None:
    page = walk.page
    page.goto("/admin/members/member/")
    for name in ("Ana", "Ben"):
        page.get_by_role("row", name=re.compile(name)).get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option(label="Start a workflow")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Start which workflow for 2 members?")).to_be_visible()
    walk.at = "starting"
    walk.look_around()
    page.get_by_label("Workflow", exact=True).select_option(label="Open day")
    page.get_by_role("button", name="Start it").click()
    expect(page.get_by_text("“Open day” was started for 2 members.")).to_be_visible()


def test_a_manager_changes_her_mind(walk: Walk, workflows: list[Workflow], settings: Any) -> None:
    by_hand, large = workflows
    page, file = walk.page, settings.MESSAGE_FILE
    start_for_both(walk)
    assert file.read_text().count("come on Saturday!") == 2

    page.goto("/admin/automations/enrollment/tomorrow/")
    answer(walk, ask(walk, "Hold it back"), "Hold it back", "It is held back until somebody lets it go.")
    expect(page.get_by_text("Held back by")).to_be_visible()
    answer(walk, ask(walk, "Let go"), "Let go", "It leaves as planned.")
    expect(page.get_by_text("Held back by")).to_have_count(0)

    page.goto("/admin/automations/enrollment/?q=Ana")
    page.locator("#result_list").get_by_role("link").first.click()
    answer(walk, ask(walk, "Push on"), "Take it now", "Ana Lind was pushed on in “Open day”.")
    assert file.read_text().count("Ana, see you tomorrow!") == 1
    assert "Ben, see you tomorrow!" not in file.read_text()

    page.goto(f"/admin/automations/workflow/{by_hand.pk}/lately/")
    answer(
        walk,
        ask(walk, "Stop the rest"),
        "Stop the rest",
        "Stopped: 0 messages are not sent, 1 member takes no further step.",
    )

    page.goto(f"/admin/automations/workflow/{large.pk}/change/")
    answer(walk, ask(walk, "Go…"), "Go", "It runs now.")
    assert file.read_text().count("we missed you!") == 2
    page.get_by_role("link", name="See what it does").click()
    expect(page.get_by_text("Ran as of")).to_be_visible()
    page.goto(f"/admin/automations/workflow/{large.pk}/lately/")
    question = ask(walk, "Tell those who got it")
    question.get_by_label("Or what to say").fill("Sorry, {{ first_name }}: we were wrong.")
    answer(walk, question, "Send the correction", "The correction is on its way.")
    expect(page.get_by_text("to 2 members")).to_be_visible()
    assert file.read_text().count("we were wrong.") == 2
    assert not walk.wrong, "\n".join(walk.wrong)
