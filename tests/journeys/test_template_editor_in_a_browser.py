"""Somebody who writes a text in a real browser: sees what would be sent, what makes it dear, and mends it by a click."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Browser, Page, Request, expect

from messaging.models import MessageTemplate
from tests.factories import ClubFactory, MemberFactory, MessageTemplateFactory
from tests.journeys.browsing import log_in
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


@pytest.fixture
def template():
    cache.clear()
    club = ClubFactory(name="Riverside Gym", sms_part_price=6450, locale="en_US")
    MemberFactory(club=club, first_name="Zoë", last_name="Lind")
    return MessageTemplateFactory(club=club, slug="hello", name="Hello", text_body="Hi {{ first_name }}")


@pytest.fixture
def page(browser: Browser, live_server, template):
    """Logged in; fails if a script broke or a page fetched anything from another host."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, base_url=live_server.url)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    log_in(page, staff_of(template.club))
    page.goto(f"/admin/messaging/messagetemplate/{template.pk}/change/")
    yield page
    assert broken == []
    # The policy stops what a mail would fetch, before it leaves.
    left = [one.url for one in asked if one.failure != "csp"]
    assert [url for url in left if not url.startswith((live_server.url, "data:"))] == []


def violations(page: Page, within: str = "#content-main") -> list[str]:
    """What axe finds in what is ours on the page."""
    found = Axe().run(page, context=within, options=WCAG).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def test_the_preview_follows_the_typing_and_a_dear_character_goes_by_a_click(page: Page, template):
    bubble, text = page.locator(".rollcall-bubble"), page.locator("#id_text_body")
    expect(bubble).to_have_text("Hi John")
    text.fill("We missed you, {{ first_name }}! It’s been a while: come back for a class whenever you like ")
    expect(page.locator(".rollcall-cost")).to_contain_text("2 parts, $0.0129")
    expect(page.locator(".rollcall-dear")).to_contain_text("“’” at position 24")
    text.evaluate("field => field.setSelectionRange(field.value.length, field.value.length)")
    link = page.get_by_role("button", name="Where to book", exact=True)
    link.focus()
    page.keyboard.press("Enter")
    expect(bubble).to_contain_text("whenever you like https://book.example/")
    page.get_by_role("button", name="Replace ’ by a straight '").click()
    expect(page.locator(".rollcall-cost")).to_contain_text("1 part, $0.00645")
    expect(page.locator("#preview-said")).to_contain_text("1 part, $0.00645")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    saved = MessageTemplate.objects.get()
    assert "It's been a while" in saved.text_body
    assert saved.text_body.endswith("you like {{ booking_link }}")


def test_several_are_replaced_at_once(page: Page, template):
    page.locator("#id_text_body").fill("“Hi” – it’s us… 📌 {{ first_name }}")
    page.get_by_role("button", name="Replace all of them").click()
    expect(page.locator("#id_text_body")).to_have_value('"Hi" - it\'s us... {{ first_name }}')
    expect(page.locator(".rollcall-cost")).to_contain_text("of 160 characters left")


def test_a_member_is_found_and_the_preview_is_hers(page: Page, template):
    page.get_by_label("Find a member").fill("lind")
    expect(page.locator(".rollcall-bubble")).to_have_text("Hi Zoë")
    expect(page.get_by_label("Shown for")).to_have_value(str(template.club.members.get().pk))
    expect(page.locator(".rollcall-dear")).to_contain_text("filled in, not written here")
    page.goto("/admin/")  # A choice in the preview is no unsaved change that would ask to stay.
    expect(page).to_have_url(re.compile(r"/admin/$"))


def test_a_mistake_is_told_while_typing(page: Page, template):
    page.locator("#id_text_body").fill("Hi\n{{ fist_name }}")
    expect(page.locator("#preview-result")).to_contain_text(
        "Line 2: “fist_name” is not a placeholder. Did you mean {{ first_name }}?"
    )


def test_a_test_is_sent_and_its_result_told(page: Page, template, settings):
    page.get_by_label("Your phone number").fill("079")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#preview-sent")).to_contain_text("Begin your number with plus and the country code")
    page.get_by_label("Your phone number").fill("+41 79 123 45 67")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#preview-sent")).to_contain_text("Practice mode")
    assert "Hi John" in settings.MESSAGE_FILE.read_text()


def test_an_e_mail_is_shown_as_it_looks_and_nothing_in_it_runs(page: Page, template):
    page.locator("[name=channel]").select_option("email")
    page.locator("#id_subject").fill("Hello {{ first_name }}")
    page.locator("#id_html_body").fill(
        "<h1>Hi {{ first_name }}</h1><script>top.document.title='broken in'</script>"
        '<img src="https://elsewhere.example/pixel.png">'
    )
    expect(page.locator(".rollcall-subject")).to_contain_text("Hello John")
    expect(page.frame_locator("#preview-result iframe").locator("h1")).to_have_text("Hi John")
    assert "broken in" not in page.title()


def test_a_former_version_is_read_and_brought_back(page: Page, template):
    page.locator("#id_text_body").fill("Bye {{ first_name }}")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".rollcall-bubble")).to_have_text("Bye John")
    page.get_by_role("link", name="Version 2: see what changed").click()
    expect(page.locator("ins")).to_contain_text("Bye")
    expect(page.locator("del")).to_contain_text("Hi")
    page.get_by_role("button", name="Bring back version 1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Hi {{ first_name }}")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Bring back version 1").click()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_text("Version 1 is back, as version 3.")).to_be_visible()
    assert MessageTemplate.objects.get().text_body == "Hi {{ first_name }}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_anybodys_way(page: Page, template, scheme):
    page.emulate_media(color_scheme=scheme)
    page.reload()
    page.locator("#id_text_body").fill("“Hi” {{ last_name }} – {{ trainer_name }}")
    expect(page.locator(".rollcall-dear")).to_be_visible()
    expect(page.locator(".rollcall-warning", has_text="is empty")).to_be_visible()
    assert violations(page) == []
    page.locator("#id_text_body").fill("{{ fist_name }}")
    expect(page.locator("#preview-result .rollcall-problem")).to_be_visible()
    assert violations(page) == []
    page.locator("#id_text_body").fill("Hi {{ last_name|default('you') }}")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    page.goto(f"/admin/messaging/messagetemplate/{template.pk}/history/")
    expect(page.locator("ins")).to_be_visible()
    assert violations(page, ".rollcall-versions") == []
    page.get_by_role("button", name="Bring back version 1").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page, ".rollcall-versions") == []


def test_it_fits_a_phone(page: Page, template):
    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    expect(page.locator(".rollcall-bubble")).to_have_text("Hi John")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_beside_another_language_stands_the_same_preview(page: Page, template):
    page.goto(f"/admin/messaging/messagetemplate/{template.pk}/languages/de/")
    page.locator("#id_text_body").fill("Hallo {{ first_name }} – bis bald!")
    expect(page.locator(".rollcall-bubble")).to_have_text("Hallo John – bis bald!")
    page.get_by_role("button", name="Replace – by a hyphen").click()
    expect(page.locator(".rollcall-bubble")).to_have_text("Hallo John - bis bald!")
    page.get_by_label("Shown for").select_option(index=1)
    expect(page.locator("#preview-result")).to_contain_text("Zoë Lind gets it in English")
    page.get_by_label("Your phone number").fill("+41791234567")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#preview-sent")).to_contain_text("Practice mode")
    assert violations(page, ".rollcall-board") == []
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Kept as version 2.")).to_be_visible()
