"""Errors on the member's own pages: in their layout, with the way back to them, and without a word of the staff's."""

import pytest
from django.test import Client

from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
FOR_STAFF = ("/admin/", "another club", "dashboard")


@pytest.fixture
def member():
    return MemberFactory(club__name="Iron Gym")


def is_for_members(response):
    assert not [words for words in FOR_STAFF if words in response.text]
    assert 'class="button" href="/me/"' in response.text
    assert "default-src 'none'" in response["Content-Security-Policy"]
    return response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/me/messages/999", "/me/messages/999/on", "/me/nowhere"])
def test_what_is_gone_leads_back_to_the_members_page(browser, member, path):
    browser.sign_in(member)
    response = browser.get(path)
    assert (response.status_code, is_for_members(response)) == (404, True)
    assert "Nothing here" in response.text
    assert "Iron Gym" in response.text


def test_an_address_that_is_none_tells_nobody_of_a_member(browser, member):
    response = browser.get("/me/nowhere")
    assert (response.status_code, is_for_members(response)) == (404, True)
    assert "Iron Gym" not in response.text


@pytest.mark.parametrize("path", ["/me/read-all", "/me/sign-in"])
def test_a_form_that_was_open_too_long_says_so_and_leads_back(browser, member, path):
    browser.sign_in(member)
    browser.handler.enforce_csrf_checks = True
    response = browser.post(path, {"address": "x"})
    assert (response.status_code, is_for_members(response)) == (403, True)
    assert "Please send that once more" in response.text


def test_elsewhere_staff_see_theirs(db):
    client = Client(enforce_csrf_checks=True)
    assert "another club" in client.get("/nowhere").text
    assert "dashboard" in client.post("/admin/login/", {"username": "x"}).text
