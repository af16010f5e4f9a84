"""How often one may ask for a link: by address and by source, known or not."""

import datetime as dt

import pytest

from tests.factories import NOW, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory(club__name="Iron Gym", email="Ann@mail.example", phone="+41446681800")


def test_an_address_gets_three_links_in_a_quarter_of_an_hour(browser, member, time_machine):
    statuses = [browser.ask(typed).status_code for typed in ("ann@mail.example", "Ann@mail.example ") * 2]
    assert statuses == [200, 200, 200, 429]
    time_machine.move_to(NOW + dt.timedelta(minutes=15, seconds=1), tick=False)
    assert browser.ask("ann@mail.example").status_code == 200


def test_the_limit_is_the_same_for_whom_nobody_knows(browser, member):
    assert [browser.ask("bob@mail.example").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_source_asks_for_forty_addresses_an_hour(browser):
    statuses = [browser.ask(f"n{n}@mail.example").status_code for n in range(41)]
    assert statuses == [200] * 40 + [429]
    assert browser.post("/me/sign-in", {"address": "a@b.example"}, REMOTE_ADDR="10.1.1.1").status_code == 200


@pytest.mark.parametrize(("behind", "status"), [(True, 200), (False, 429)])
def test_behind_a_proxy_the_source_is_what_the_proxy_saw(browser, settings, behind, status):
    settings.BEHIND_PROXY = behind
    for n in range(41):
        browser.post(
            "/me/sign-in", {"address": f"n{n}@a.example"}, HTTP_X_FORWARDED_FOR=f"9.9.9.9, 8.8.8.{n}"
        )
    last = browser.post("/me/sign-in", {"address": "x@a.example"}, HTTP_X_FORWARDED_FOR="9.9.9.9, 8.8.8.99")
    assert last.status_code == status


def test_a_household_is_one_source(browser):
    def asked(n):
        return browser.post("/me/sign-in", {"address": f"n{n}@a.example"}, REMOTE_ADDR=f"2001:db8::{n:x}")

    assert [asked(n).status_code for n in range(1, 42)][-1] == 429
