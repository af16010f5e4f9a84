"""A receptionist on a member's page, in a real browser: records a visit and sends a message, by desk and by phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from members.models import Club, Member, Visit
from messaging.models import Message
from tests.factories import ClubFactory, MemberFactory, MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.journeys.browsing import SIZES, log_in
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def club():
    # Never in its quiet hours.
    club = ClubFactory(name="Riverside Gym", send_from="00:00", send_until="23:59:59.999999")
    template = MessageTemplateFactory(club=club, name="Hello", text_body="Hi {{ first_name }}!")
    StepFactory(workflow=WorkflowFactory(club=club), action_params={"template": template.slug})
    MemberFactory(club=club, first_name="Zoë", last_name="Lind", phone="+41446681800")
    return club


@pytest.fixture(params=SIZES)
def page(request, browser: Browser, live_server, club: Club):
    """Logged in, at a desk and on a phone; fails if a script broke."""
    person = staff_of(club)
    page = browser.new_page(viewport=SIZES[request.param], base_url=live_server.url)
    page.set_default_timeout(10_000)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    log_in(page, person)
    yield page
    assert broken == []


def is_fitting(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return wide


def found_by_axe(page: Page, part: str) -> list[str]:
    # A dialog that is fading in is measured as if it stayed pale.
    page.wait_for_timeout(300)
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    answer = Axe().run(page, context=part, options=rules)
    return [f"{problem['id']}: {problem['nodes'][0]['html']}" for problem in answer.response["violations"]]


def test_a_visit_and_a_message_from_the_search_to_the_story(page: Page, club: Club):
    page.goto("/admin/members/member/")
    page.locator("#searchbar").fill("044 668")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Zoë Lind").click()
    expect(page.get_by_text("never attended").first).to_be_visible()
    assert is_fitting(page)
    assert found_by_axe(page, ".rollcall-member") == []

    page.get_by_role("link", name="Record a visit").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Day")).to_be_focused()
    assert found_by_axe(page, "#rollcall-dialog") == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Record a visit")).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_label("Day").fill("2999-01-01")
    dialog.get_by_role("button", name="Record the visit").click()
    expect(dialog.get_by_text("Choose today or an earlier day.")).to_be_visible()
    assert not Visit.objects.exists()
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Record a visit").click()
    dialog.get_by_role("button", name="Record the visit").click()
    expect(page.get_by_text("Thank you: Zoë was here on")).to_be_visible()
    expect(page.get_by_text("here today")).to_be_visible()
    assert Visit.objects.count() == 1

    page.get_by_role("link", name="Message now").click()
    expect(dialog.get_by_role("button", name="Send it")).to_be_hidden()
    # A person takes longer to choose than the dialog takes to listen.
    expect(dialog.get_by_label("Message")).to_be_visible()
    page.wait_for_timeout(300)
    dialog.get_by_label("Message").select_option(label="Hello (SMS)")
    expect(dialog.get_by_text("Hi Zoë!")).to_be_visible()
    assert found_by_axe(page, "#rollcall-dialog") == []
    assert is_fitting(page)
    dialog.get_by_role("button", name="Send it").dblclick()
    expect(page.get_by_text("The message to Zoë is on its way")).to_be_visible()
    expect(page.locator(".rollcall-timeline").get_by_text("“Hi Zoë!”")).to_be_visible()
    assert Message.objects.count() == 1

    page.get_by_role("link", name="Take it back").click()
    dialog.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("The visit was taken back.")).to_be_visible()
    assert Member.objects.get().last_attended_at is None


def test_the_page_and_its_questions_pass_axe_in_the_dark(page: Page, club: Club):
    page.emulate_media(color_scheme="dark")
    page.goto(f"/admin/members/member/{Member.objects.get().pk}/change/")
    page.get_by_text("conditions are met").click()
    assert found_by_axe(page, ".rollcall-member") == []
    for link in ("Record a visit", "Message now", "Open a task", "Freeze", "Opt out or in"):
        page.get_by_role("link", name=link).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert found_by_axe(page, "#rollcall-dialog") == []
        page.keyboard.press("Escape")


def test_without_the_dialog_the_question_is_a_page(page: Page, club: Club):
    page.goto(f"/admin/members/member/{Member.objects.get().pk}/do/freeze/")
    page.get_by_label("Why (for the history)").fill("Broke her leg")
    page.get_by_role("button", name="Freeze the membership").click()
    expect(page.get_by_text("The membership of Zoë is frozen.")).to_be_visible()
    assert Member.objects.get().membership_status == "frozen"


def test_whoever_was_logged_out_meanwhile_is_asked_to_log_in(page: Page, club: Club):
    page.goto(f"/admin/members/member/{Member.objects.get().pk}/change/")
    page.context.clear_cookies()
    page.get_by_role("link", name="Record a visit").click()
    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
