"""Being signed in: a cookie of its own, apart from the staff's, that ends when it should."""

import datetime as dt

import pytest

from messaging.models import MemberSession
from tests.factories import NOW, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory(club__name="Iron Gym", email="Ann@mail.example", phone="+41446681800")


def test_the_cookie_is_kept_from_scripts_other_sites_and_the_admin(browser, member, rung, settings):
    settings.SESSION_COOKIE_SECURE = True
    browser.ask("ann@mail.example")
    rung()
    browser.post(browser.links()[0])
    cookie = browser.cookies["rollcall_member"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["secure"]) == (
        "/me/",
        True,
        "Lax",
        True,
    )


def test_a_member_never_reaches_the_admin_nor_staff_a_members_page(browser, member, admin_client):
    browser.sign_in(member)
    assert "/admin/login/" in browser.get("/admin/")["Location"]
    secret = browser.cookies["rollcall_member"].value
    browser.cookies["sessionid"] = secret
    assert "/admin/login/" in browser.get("/admin/")["Location"]
    assert admin_client.get("/me/")["Location"] == "/me/sign-in"


def test_signing_in_again_ends_the_former_session_of_the_browser(browser, member, rung):
    browser.sign_in(member)
    browser.ask("ann@mail.example")
    rung()
    browser.post(browser.links()[0])
    assert MemberSession.objects.count() == 1


def test_signing_out_ends_this_session_alone(browser, member):
    elsewhere = browser.sign_in(member)
    browser.sign_in(member)
    response = browser.post("/me/sign-out")
    assert (response["Location"], browser.cookies["rollcall_member"].value) == ("/me/sign-in", "")
    assert list(MemberSession.objects.all()) == [elsewhere]


def test_signing_out_everywhere_ends_all_of_hers(browser, member):
    others = browser.sign_in(MemberFactory())
    browser.sign_in(member)
    browser.sign_in(member)
    browser.post("/me/sign-out-everywhere")
    assert list(MemberSession.objects.all()) == [others]


@pytest.mark.parametrize(("days", "lasts"), [(29, True), (30, False)])
def test_a_session_ends_when_it_is_not_used_for_thirty_days(browser, member, time_machine, days, lasts):
    browser.sign_in(member)
    time_machine.move_to(NOW + dt.timedelta(days=days), tick=False)
    assert (browser.get("/me/").status_code == 200) is lasts


def test_a_session_ends_after_ninety_days_however_it_is_used(browser, member, time_machine):
    browser.sign_in(member)
    answers = []
    for day in range(20, 121, 20):
        time_machine.move_to(NOW + dt.timedelta(days=day), tick=False)
        answers.append(browser.get("/me/").status_code)
    assert answers == [200, 200, 200, 200, 302, 302]
