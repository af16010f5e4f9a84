"""A manager in a real browser: looks at what a file would do, imports it on a phone's width, and takes the list away."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from members.models import Club, Member
from tests.factories import ClubFactory, MemberFactory
from tests.journeys.test_staff_in_a_browser import page as page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
FILE = "id,first_name,phone\n1,Anna,+41 44 668 18 00\n2,שרה,\n3,Cy,079 123\n"


@pytest.fixture
def club(settings, tmp_path) -> Club:
    settings.VAR_DIR = tmp_path
    club = ClubFactory(name="Riverside Gym", slug="riverside")
    MemberFactory(club=club, external_id="1", first_name="Ana", last_name="Lind", phone="")
    return club


def choose(page: Page, content: str) -> None:
    file = {"name": "members.csv", "mimeType": "text/csv", "buffer": content.encode()}
    page.get_by_label("File", exact=True).set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="See what it would do").click()


def nothing_in_the_way(page: Page) -> None:
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [found["id"] for found in Axe().run(page, options=WCAG).response["violations"]] == []


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_a_file_is_looked_at_imported_and_taken_out_again(
    page: Page, club: Club, colors: str, tmp_path: Path
):
    page.emulate_media(color_scheme=colors)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/admin/members/member/")
    page.get_by_role("link", name="Import", exact=True).click()
    nothing_in_the_way(page)
    choose(page, "name\nAna\n")
    expect(page.get_by_text("There is no column “id”.")).to_be_visible()
    nothing_in_the_way(page)
    choose(page, FILE)
    expect(page.get_by_text("must begin with the country code")).to_be_visible()
    nothing_in_the_way(page)
    with page.expect_download() as refused:
        page.get_by_role("link", name="Download all as CSV").click()
    assert '4,"Cy, 3",phone,079 123,"must begin' in Path(refused.value.path()).read_text(encoding="utf-8-sig")
    assert Member.objects.count() == 1
    page.get_by_role("button", name="Import 2 members").dblclick()
    expect(page.get_by_text("Done.")).to_be_visible()
    nothing_in_the_way(page)
    assert Member.objects.get(external_id="1").phone == "+41446681800"
    page.get_by_role("link", name="See the members").click()
    expect(page).to_have_url(re.compile("/member/$"))
    page.get_by_role("link", name="Export", exact=True).click()
    nothing_in_the_way(page)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Export as CSV").click()
    assert taken.value.suggested_filename.startswith("riverside-members-")
    content = Path(taken.value.path()).read_text(encoding="utf-8-sig")
    assert [line.split(",")[:2] for line in content.splitlines()[1:]] == [["1", "Anna"], ["2", "שרה"]]
