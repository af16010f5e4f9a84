"""A password that a member chooses: Django's rules, other sessions ended, the same answer for whom nobody knows."""

import pytest
from django.contrib.auth import hashers

from messaging.models import MemberPassword, MemberSession
from messaging.operations import sign_in_passwords
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
GOOD = "sieben Zwerge tanzen"


@pytest.fixture
def member():
    return MemberFactory(first_name="Annabelle", email="ann@mail.example")


def choose(browser, member, new=GOOD):
    browser.sign_in(member)
    return browser.post("/me/account", {"new": new})


def come_in(browser, password=GOOD, address="ann@mail.example"):
    browser.cookies.clear()
    return browser.post("/me/password", {"address": address, "password": password})


def test_a_password_lets_her_in_without_a_link(browser, member):
    assert choose(browser, member)["Location"] == "/me/account"
    assert come_in(browser)["Location"] == "/me/"
    assert "Hello Annabelle" in browser.get("/me/").content.decode()


def test_it_is_kept_as_djangos_hashers_keep_it(browser, member):
    choose(browser, member)
    kept = MemberPassword.objects.get().password
    assert GOOD not in kept
    assert hashers.check_password(GOOD, kept)


@pytest.mark.parametrize("weak", ["short", "password123", "annabelle", "ann@mail.example"])
def test_a_weak_one_is_refused_and_it_is_said_why(browser, member, weak):
    response = choose(browser, member, weak)
    assert 'class="error"' in response.content.decode()
    assert not MemberPassword.objects.exists()


def test_a_new_one_ends_every_other_session_and_changes_the_secret(browser, member):
    browser.sign_in(member)
    former = browser.sign_in(member)
    browser.post("/me/account", {"new": GOOD})
    [left] = MemberSession.objects.all()
    assert left.pk != former.pk
    assert browser.get("/me/").status_code == 200


def test_whoever_came_by_password_is_asked_for_it_again(browser, member):
    choose(browser, member)
    come_in(browser)
    other = "acht Riesen schlafen"
    assert "present password" in browser.post("/me/account", {"new": other, "current": "x"}).content.decode()
    assert browser.post("/me/account", {"new": other, "current": GOOD}).status_code == 302
    assert come_in(browser, GOOD).status_code == 200
    assert come_in(browser, other).status_code == 302


@pytest.mark.parametrize(
    ("address", "password"),
    [
        ("ann@mail.example", "wrong"),
        ("nobody@mail.example", GOOD),
        ("no address", GOOD),
        ("ann@mail.example", ""),
    ],
)
def test_a_wrong_one_lets_nobody_in(browser, member, address, password):
    choose(browser, member)
    MemberSession.objects.all().delete()
    assert come_in(browser, password, address).status_code == 200
    assert not MemberSession.objects.exists()


def test_wrong_unknown_and_without_one_are_answered_alike_and_cost_one_hash(browser, member, monkeypatch):
    choose(browser, member)
    MemberFactory(email="bob@mail.example")
    hashed = []
    for name in ("check_password", "make_password"):
        real = getattr(hashers, name)
        monkeypatch.setattr(sign_in_passwords, name, lambda *args, real=real: hashed.append(1) or real(*args))
    answers = set()
    for address in ("ann@mail.example", "nobody@mail.example", "bob@mail.example", "no address"):
        hashed.clear()
        answers.add(come_in(browser, "wrong wrong", address).content.decode().replace(address, ""))
        assert len(hashed) == 1, address
    assert len({answer.split("</header>")[1].split('value="')[0] for answer in answers}) == 1


def test_after_five_wrong_ones_even_the_right_one_waits(browser, member):
    choose(browser, member)
    for _ in range(5):
        assert come_in(browser, "wrong").status_code == 200
    assert come_in(browser).status_code == 429


def test_right_ones_count_against_nobody(browser, member):
    choose(browser, member)
    assert [come_in(browser).status_code for _ in range(8)] == [302] * 8


def test_of_a_family_each_comes_in_by_their_own_alone(browser, member):
    child = MemberFactory(club=member.club, first_name="Zoe", email=member.email)
    choose(browser, member)
    choose(browser, child, "acht Riesen schlafen")
    come_in(browser, "acht Riesen schlafen")
    assert "Hello Zoe" in browser.get("/me/").content.decode()
    assert "Annabelle" not in browser.get("/me/who").content.decode()


def test_going_back_to_links_forgets_it(browser, member):
    choose(browser, member)
    browser.post("/me/account/forget-password")
    assert not MemberPassword.objects.exists()
    assert come_in(browser).status_code == 200


def test_a_password_never_comes_back_in_a_page(browser, member):
    assert "wrong wrong" not in come_in(browser, "wrong wrong").content.decode()
    assert "tooshort" not in choose(browser, member, "tooshort"[:5]).content.decode()


def test_the_settings_lead_to_another_of_the_family_only_where_there_is_one(browser, member):
    browser.sign_in(member)
    assert "/me/who" not in browser.get("/me/account").content.decode()
    MemberFactory(club=member.club, email=member.email)
    assert "/me/who" in browser.get("/me/account").content.decode()
