"""The member's list: hers and nobody else's, what is new, what she does with it, what it costs."""

import datetime as dt

import pytest
from django.urls import get_resolver, reverse

from messaging.centre.me_urls import urlpatterns
from messaging.models import Message, MessageReceipt
from tests.factories import (
    NOW,
    BookingFactory,
    ClassSessionFactory,
    ClubFactory,
    MemberFactory,
    MessageFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory(club__name="Iron Gym", club__time_zone="Europe/Zurich")


@pytest.fixture
def page(browser, member):
    """The browser, signed in."""
    browser.sign_in(member)
    return browser


def got(member, channel="in_app", **values):
    values = {"subject": "Welcome back", "text_body": "See you soon", "sent_at": NOW, **values}
    return MessageFactory(member=member, channel=channel, status="sent", **values)


def shown(page, address="/me/", **params):
    response = page.get(address, params)
    assert response.status_code == 200
    return response.content.decode()


def test_it_lists_what_she_got_newest_first(page, member):
    got(member, subject="First")
    got(member, "sms", subject="", text_body="A text for you")
    got(member, "email", subject="Third", html_body="<p>secret markup</p>")
    said = shown(page)
    assert said.index("Third") < said.index("A text for you") < said.index("First")
    assert "secret markup" not in said
    assert "Iron Gym" in said


@pytest.mark.parametrize("status", ["queued", "claimed", "sending", "failed", "unknown", "skipped"])
def test_what_did_not_reach_her_is_not_there(page, member, status):
    message = MessageFactory(member=member, channel="in_app", status=status, subject="Not yours yet")
    assert "Not yours yet" not in shown(page)
    assert page.get(f"/me/messages/{message.pk}").status_code == 404


def test_an_empty_page_is_kind(page):
    assert "Nothing here yet" in shown(page)


def test_a_link_in_a_text_can_be_followed_and_nothing_else_in_it_is_markup(page, member):
    message = got(member, "sms", subject="", text_body="Book: https://club.example/b?a=1&c=2 <b>now</b>")
    said = shown(page, f"/me/messages/{message.pk}")
    assert '<a href="https://club.example/b?a=1&amp;c=2"' in said
    assert "&lt;b&gt;now" in said


def test_in_app_messages_alone_are_new(page, member):
    got(member)
    got(member)
    got(member, "sms")
    got(member, "email")
    said = shown(page)
    assert "2 new" in said
    assert said.count("Mark as read<") == 2


def test_opening_one_reads_it_and_the_list_says_so(page, member):
    message = got(member)
    assert "See you soon" in shown(page, f"/me/messages/{message.pk}")
    assert "1 new" not in shown(page)
    assert message.receipt.read_at == NOW


def test_looking_ahead_without_opening_reads_nothing(page, member):
    message = got(member)
    page.head(f"/me/messages/{message.pk}")
    page.get("/me/")
    assert not MessageReceipt.objects.filter(message=message).exists()


def test_a_text_that_is_opened_is_not_called_read(page, member):
    message = got(member, "sms")
    shown(page, f"/me/messages/{message.pk}")
    assert not MessageReceipt.objects.exists()


def test_the_button_reads_one(page, member):
    one, other = got(member), got(member)
    assert page.post(f"/me/messages/{one.pk}/read")["Location"] == "/me/"
    assert "1 new" in shown(page)
    assert not MessageReceipt.objects.filter(message=other).exists()


def test_the_other_button_reads_all(page, member):
    for _ in range(3):
        got(member)
    theirs = got(MemberFactory())
    page.post("/me/read-all")
    assert "new</span>" not in shown(page)
    assert MessageReceipt.objects.count() == 3
    assert not MessageReceipt.objects.filter(message=theirs).exists()


def test_the_first_time_that_it_was_read_stays(page, member, time_machine):
    message = got(member)
    page.post(f"/me/messages/{message.pk}/read")
    time_machine.move_to(NOW + dt.timedelta(days=1), tick=False)
    page.post(f"/me/messages/{message.pk}/read")
    shown(page, f"/me/messages/{message.pk}")
    assert MessageReceipt.objects.get().read_at == NOW


def test_what_is_put_away_is_gone_for_her_and_stays_in_the_log(page, member):
    message = got(member)
    page.post(f"/me/messages/{message.pk}/away")
    said = shown(page)
    assert "Welcome back" not in said
    assert "new</span>" not in said
    assert page.get(f"/me/messages/{message.pk}").status_code == 404
    assert Message.objects.get(pk=message.pk).text_body == "See you soon"


def test_the_link_leads_where_the_message_says_and_counts_as_read(page, member):
    message = got(member, action_url="https://book.example/?who=me")
    response = page.get(f"/me/messages/{message.pk}/on?next=https://evil.example/")
    assert (response.status_code, response["Location"]) == (302, "https://book.example/?who=me")
    assert response["Referrer-Policy"] == "no-referrer"
    assert (message.receipt.read_at, message.receipt.followed_at) == (NOW, NOW)


@pytest.mark.parametrize("target", ["", "javascript:alert(1)", "//evil.example", "/admin/"])
def test_it_leads_nowhere_else(page, member, target):
    message = got(member, action_url=target)
    assert page.get(f"/me/messages/{message.pk}/on").status_code == 404


def test_a_hostile_message_stays_text(page, member):
    message = got(member, subject="<script>alert(1)</script>", text_body="<img src=x onerror=alert(2)>")
    for address in ("/me/", f"/me/messages/{message.pk}"):
        said = shown(page, address)
        assert "<script" not in said
        assert "<img" not in said


def test_old_words_that_were_deleted_are_said_to_be(page, member):
    message = got(member, "email", subject="", text_body="")
    assert "Not kept any longer" in shown(page)
    assert "deleted after some time" in shown(page, f"/me/messages/{message.pk}")


def test_the_list_goes_on_page_by_page_each_once(page, member):
    titles = [f"No {n:02}." for n in range(45)]
    for title in titles:
        got(member, subject=title)
    seen, address = [], "/me/"
    for _ in range(3):
        said = shown(page, address)
        seen += [title for title in reversed(titles) if title in said]
        if "Older messages" in said:
            address = "/me/?before=" + said.split("?before=")[1].split('"')[0]
    assert seen == titles[::-1]
    assert "Older messages" not in said
    assert "45 new" in said


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "²", "1.5"])
def test_a_page_that_cannot_be_is_the_first(page, member, before):
    got(member)
    assert "Welcome back" in shown(page, before=before)


def test_it_tells_the_classes_to_come_in_the_clubs_time(page, member):
    club = member.club

    def booked(name, hours, **values):
        session = ClassSessionFactory(club=club, name=name, starts_at=NOW + dt.timedelta(hours=hours))
        return BookingFactory(member=member, class_session=session, **values)

    booked("Later", 30, status="confirmed")
    booked("Soon", 2)
    booked("Over", -1)
    booked("Changed my mind", 3, status="canceled")
    called_off = booked("Called off", 4).class_session
    type(called_off).objects.filter(pk=called_off.pk).update(is_canceled=True)
    BookingFactory(
        class_session=ClassSessionFactory(club=club, name="Theirs"), member=MemberFactory(club=club)
    )
    said = shown(page)
    assert said.index("Soon") < said.index("Later")
    assert "14:00" in said  # NOW is 10:00 in UTC, 12:00 in Zurich.
    assert not any(name in said for name in ("Over", "Changed my mind", "Called off", "Theirs"))


def test_it_costs_the_same_however_much_there_is(page, member, django_assert_num_queries):
    for _ in range(19):
        got(member, action_url="https://book.example/")
        BookingFactory(member=member, class_session=ClassSessionFactory(club=member.club))
    with django_assert_num_queries(4):
        shown(page)
    message = got(member, "sms")
    with django_assert_num_queries(2):
        shown(page, f"/me/messages/{message.pk}")


def addresses_of(message):
    """Every address below /me/ that takes something from the address, filled with what is the other's."""
    values = {"pk": message.pk, "secret": "x" * 32}
    for pattern in urlpatterns:
        wanted = pattern.pattern.converters.keys()
        yield pattern.name, reverse(pattern.name, kwargs={name: values[name] for name in wanted})


def test_nobody_sees_or_touches_anothers_at_any_address(page, member):
    """Whatever is added to these addresses is walked too."""
    theirs = got(
        MemberFactory(club=member.club, first_name="Zoe"),
        subject="For Zoe",
        text_body="Her secret",
        action_url="https://book.example/zoe",
    )
    before = list(Message.objects.values_list())
    for name, address in addresses_of(theirs):
        for method in (page.get, page.head, page.post):
            page.sign_in(member)
            response = method(address)
            said = response.content.decode() + response.headers.get("Location", "")
            assert not any(words in said for words in ("Zoe", "Her secret", "zoe")), name
            if "messages/" in address:
                assert response.status_code in (404, 405), name
    assert not MessageReceipt.objects.exists()
    assert list(Message.objects.values_list()) == before


def test_nobody_sees_anything_without_signing_in(browser, member):
    message = got(member)
    open_to_all = {"centre_sign_in", "centre_password", "centre_link"}
    for name, address in addresses_of(message):
        for method in (browser.get, browser.post):
            response = method(address)
            assert "Welcome back" not in response.content.decode()
            if name not in open_to_all:
                assert (response.status_code, response["Location"]) == (302, "/me/sign-in"), name


@pytest.mark.parametrize("deed", ["read", "away"])
def test_nothing_is_done_by_looking(page, member, deed):
    assert page.get(f"/me/messages/{got(member).pk}/{deed}").status_code == 405
    assert page.get("/me/read-all").status_code == 405
    assert page.get("/me/sign-out").status_code == 405


def test_several_clubs_each_have_their_own_page(page, member):
    got(MemberFactory(club=ClubFactory(name="River Gym"), email=member.email), subject="From the river")
    assert "From the river" not in shown(page)
    assert "River Gym" in shown(page, "/me/who")


def test_the_addresses_are_served_by_the_whole_site():
    assert reverse("centre") == "/me/"
    assert get_resolver().resolve("/me/").url_name == "centre"
