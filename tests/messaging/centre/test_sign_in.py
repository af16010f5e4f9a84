"""Coming in by a one-time link: the same answer for everybody, used once, by a button, for fifteen minutes."""

import datetime as dt
import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Member
from messaging.models import MemberSession, SendingSwitch, SignInLink, SignInTry
from messaging.operations.sign_in_links import forget_old_sign_ins, send_links
from tests.factories import NOW, ClubFactory, ConsentRecordFactory, MemberFactory, SuppressionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory(club__name="Iron Gym", email="Ann@mail.example", phone="+41446681800")


def test_a_link_leads_to_the_members_page(browser, member, rung):
    assert browser.ask("ann@mail.example").status_code == 200
    assert rung() == {"links sent": 1}
    [link] = browser.links()
    assert "Sign in" in browser.get(link).content.decode()
    response = browser.post(link, follow=True)
    assert response.redirect_chain == [("/me/", 302)]
    assert "Hello John" in response.content.decode()


@pytest.mark.parametrize("typed", ["+41446681800", "0041 44 668 18 00", "+41 (0)44 668 18 00"])
def test_a_number_is_known_however_it_is_written(browser, member, rung, typed):
    browser.ask(typed)
    assert rung() == {"links sent": 1}


def test_a_number_without_its_country_is_one_of_the_clubs(browser, rung):
    MemberFactory(club=ClubFactory(locale="de_CH"), phone="+41446681800")
    MemberFactory(club=ClubFactory(locale="en_US"), phone="+14155550100")
    browser.ask("044 668 18 00")
    assert rung() == {"links sent": 1}


def test_the_answer_and_what_it_costs_are_the_same_for_whom_nobody_knows(browser, member):
    def asked(address):
        with CaptureQueriesContext(connection) as captured:
            said = browser.ask(address).content
        return said, [sql[:40] for query in captured if "SAVEPOINT" not in (sql := query["sql"])]

    browser.get("/me/sign-in")
    known, unknown = asked("ann@mail.example"), asked("bob@mail.example")
    assert known == unknown


def test_an_address_is_forgotten_as_soon_as_it_was_looked_up(browser, member, rung):
    browser.ask("bob@mail.example")
    browser.ask("ann@mail.example")
    assert rung() == {"links sent": 1}
    assert set(SignInLink.objects.values_list("addresses__0", flat=True)) == {None}


def test_the_link_is_not_kept(browser, member, rung):
    browser.ask("ann@mail.example")
    rung()
    secret = browser.links()[0].rpartition("/")[2]
    kept = SignInLink.objects.values_list().get()
    assert secret not in repr(kept)
    assert secret[8:] not in repr(kept)


def test_opening_the_link_uses_nothing_up(browser, member, rung):
    browser.ask("ann@mail.example")
    rung()
    [link] = browser.links()
    for _ in range(3):
        assert browser.get(link).status_code == browser.head(link).status_code == 200
    assert not MemberSession.objects.exists()
    assert browser.post(link).status_code == 302


def test_a_link_works_once(browser, member, rung):
    browser.ask("ann@mail.example")
    rung()
    [link] = browser.links()
    assert browser.post(link).status_code == 302
    browser.cookies.clear()
    assert browser.post(link).status_code == browser.get(link).status_code == 404
    assert MemberSession.objects.count() == 1


@pytest.mark.parametrize(("minutes", "status"), [(14, 302), (15, 404), (16, 404)])
def test_a_link_works_for_fifteen_minutes(browser, member, rung, time_machine, minutes, status):
    browser.ask("ann@mail.example")
    rung()
    [link] = browser.links()
    time_machine.move_to(NOW + dt.timedelta(minutes=minutes), tick=False)
    assert browser.post(link).status_code == status


@pytest.mark.parametrize("spoil", ["beginning", "end", "garbage"])
def test_a_changed_link_opens_nothing(browser, member, rung, spoil):
    browser.ask("ann@mail.example")
    rung()
    secret = browser.links()[0].rpartition("/")[2]
    changed = {"beginning": f"!{secret[1:]}", "end": f"{secret[:-1]}!", "garbage": "%00"}[spoil]
    assert browser.post(f"/me/link/{changed}").status_code == 404
    assert not MemberSession.objects.exists()


def test_an_address_that_was_changed_since_lets_nobody_in(browser, member, rung):
    browser.ask("ann@mail.example")
    rung()
    Member.objects.filter(pk=member.pk).update(email="")
    assert browser.post(browser.links()[0]).status_code == 404


def test_a_session_ends_with_the_address_that_it_was_opened_by(browser, member):
    browser.sign_in(member)
    assert browser.get("/me/").status_code == 200
    Member.objects.filter(pk=member.pk).update(email="other@mail.example")
    assert browser.get("/me/")["Location"] == "/me/sign-in"
    assert not MemberSession.objects.exists()


def test_it_sends_one_link_however_many_workers_are_rung(browser, member):
    browser.ask("ann@mail.example")
    assert [send_links(now=NOW) for _ in range(3)] == [{"links sent": 1}, {}, {}]


def test_what_nobody_sent_in_time_is_not_sent_late(browser, member):
    browser.ask("ann@mail.example")
    assert send_links(now=NOW + dt.timedelta(minutes=15)) == {}


@pytest.mark.parametrize("why", ["all", "club", "suppressed"])
def test_nothing_leaves_where_nothing_may(browser, member, rung, why):
    if why == "all":
        SendingSwitch.objects.create(is_paused=True)
    elif why == "club":
        type(member.club).objects.update(sending_paused=True)
    else:
        SuppressionFactory(club=member.club, channel="email", address="ann@mail.example", cause="bounced")
    assert "If we know this address" in browser.ask("ann@mail.example").content.decode()
    assert rung() == {}
    assert browser.links() == []


def test_an_opt_out_or_the_night_keeps_no_link_back_that_was_asked_for(browser, member, rung, time_machine):

    ConsentRecordFactory(member=member, channel="email")
    browser.ask("ann@mail.example")
    assert rung() == {"links sent": 1}


@pytest.mark.parametrize("typed", ["", "nobody", "@", "12", "+", "+1²", "a" * 300, "\x00", "’; DROP"])
def test_what_is_no_address_is_said_kindly_and_asks_nobody(browser, typed):
    response = browser.ask(typed)
    assert response.status_code == 200
    assert 'class="error"' in response.content.decode()
    assert not SignInLink.objects.exists()


def test_no_log_line_tells_the_address_or_the_link(browser, member, rung, caplog, monkeypatch):
    from messaging.operations import sign_in_links

    def broken(channel):
        raise OSError("ann@mail.example")

    monkeypatch.setattr(sign_in_links, "transport_for", broken)
    with caplog.at_level(logging.DEBUG):
        browser.ask("ann@mail.example")
        assert rung() == {}
    assert "OSError" in caplog.text
    assert "ann@" not in caplog.text


def test_a_family_chooses_whose_page_it_is(browser, member, rung):
    child = MemberFactory(club=member.club, first_name="Zoe", email="ann@mail.example")
    stranger = MemberFactory(first_name="Max")
    browser.ask("ann@mail.example")
    rung()
    response = browser.post(browser.links()[0], follow=True)
    assert response.redirect_chain == [("/me/who", 302)]
    assert browser.get("/me/")["Location"] == "/me/who"
    page = response.content.decode()
    assert "Zoe" in page
    assert "Max" not in page
    before = browser.cookies["rollcall_member"].value
    assert browser.post("/me/who", {"member": stranger.pk}).status_code == 200
    assert browser.post("/me/who", {"member": child.pk})["Location"] == "/me/"
    assert browser.cookies["rollcall_member"].value != before
    assert "Hello Zoe" in browser.get("/me/").content.decode()
    browser.cookies["rollcall_member"] = before
    assert browser.get("/me/")["Location"] == "/me/sign-in"


def test_somebody_in_two_clubs_is_told_them_apart(browser, member, rung):
    MemberFactory(club__name="River Gym", email="ann@mail.example")
    browser.ask("ann@mail.example")
    rung()
    page = browser.post(browser.links()[0], follow=True).content.decode()
    assert "Iron Gym" in page
    assert "River Gym" in page


def test_a_clubs_own_page_asks_its_own_members_alone(browser, member, rung):
    other = ClubFactory(name="River Gym", slug="river")
    assert "River Gym" in browser.get("/me/sign-in?club=river").content.decode()
    browser.ask("ann@mail.example", club="river")
    assert rung() == {}
    assert other.members.count() == 0


def test_old_links_tries_and_sessions_are_forgotten(browser, member):
    browser.ask("ann@mail.example")
    browser.sign_in(member)
    assert forget_old_sign_ins(now=NOW + dt.timedelta(hours=23)) == 0
    assert forget_old_sign_ins(now=NOW + dt.timedelta(days=31)) == 3
    assert not SignInTry.objects.exists()


@pytest.mark.parametrize("address", ["/me/", "/me/sign-in", "/me/password", "/me/link/x", "/me/who"])
def test_nobody_keeps_lists_or_passes_on_a_page(browser, address):
    response = browser.get(address)
    assert response["Cache-Control"] == "no-store"
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "same-origin"
    policy = response["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "default-src 'none'" in policy


def test_a_form_from_elsewhere_is_refused(member, at_now):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/me/sign-in", {"address": "ann@mail.example"}).status_code == 403
    assert not SignInLink.objects.exists()
