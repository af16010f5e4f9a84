"""A member's own page over the API: in by a link or by the club's key, one's own and nobody else's, within limits."""

import datetime as dt
import json

import pytest
from django.test import Client
from django.urls import reverse

from members.models import Scope
from members.operations.api_keys import revoke_api_key
from messaging.models import ConsentRecord, MemberSession, MessageEvent, MessageReceipt
from messaging.operations.sign_in_links import send_links
from tests.api_client import ApiClient
from tests.factories import NOW, BookingFactory, ClassSessionFactory, MemberFactory, MessageFactory

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def now(at_now):
    """The clock stands at NOW."""


@pytest.fixture
def member():
    return MemberFactory(first_name="Ann", email="ann@mail.example")


class App:
    """The club's app on a phone; `token` once somebody signed in."""

    def __init__(self):
        self.client, self.token = Client(raise_request_exception=False), ""

    def __call__(self, method, address, body=None, **params):
        more = (
            {"data": body if body is not None else {}, "content_type": "application/json"}
            if method != "get"
            else {"data": params}
        )
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return getattr(self.client, method)(f"/api/v1/me/{address}", headers=headers, **more)


@pytest.fixture
def app(member):
    """Signed in for the member by the club's server."""
    app = App()
    answer = ApiClient(member.club).client.post(
        "/api/v1/me/tokens",
        {"member": member.external_id},
        content_type="application/json",
        headers={"Authorization": f"Bearer {ApiClient(member.club).secret}"},
    )
    app.token = answer.json()["token"]
    return app


def got(member, **values):
    values = {"channel": "in_app", "subject": "Welcome", "text_body": "Hello", "provider_id": "", **values}
    sent = {"sent_at": NOW - MINUTE, "ended_at": NOW - MINUTE} | {
        k: v for k, v in values.items() if k.endswith("_at")
    }
    message = MessageFactory(member=member, status="sent", **values | sent)
    type(message).objects.filter(pk=message.pk).update(provider_id=f"in-app-{message.pk}")
    return message


# --- Signing in ---------------------------------------------------------------------------------
def test_a_link_is_exchanged_for_a_token_once(member, settings):
    app = App()
    assert app("post", "links", {"address": "ann@mail.example"}).json() == {"asked": True}
    send_links(now=NOW)
    link = settings.MESSAGE_FILE.read_text().split("http", 1)[1].split()[0]
    answer = app("post", "sessions", {"link": f"http{link}"}).json()
    assert answer["member"] == {"id": member.external_id, "first_name": "Ann", "club": member.club.slug}
    assert answer["expires_at"] == "2025-09-01T22:00:00Z"
    again = app("post", "sessions", {"link": f"http{link}"})
    assert (again.status_code, again.json()["code"]) == (404, "not_found")
    app.token = answer["token"]
    assert app("get", "unread").json() == {"unread": 0}


def test_the_answer_is_the_same_for_whom_nobody_knows(member):
    known, unknown = (App()("post", "links", {"address": f"{name}@mail.example"}) for name in ("ann", "bob"))
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_links_have_their_limits(member):
    app = App()
    answers = [app("post", "links", {"address": "ann@mail.example"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1]["Retry-After"] == "900"


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"address": "nobody"}, 422), ({"address": "x" * 300}, 422), ([], 422), ("x", 400)],
)
def test_what_cannot_be_asked_is_a_problem(body, status):
    answer = App()("post", "links", body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_only_a_key_that_may_lets_a_member_in(member):
    keys = ApiClient(member.club, scopes=(Scope.READ_MEMBERS,))
    answer = keys.post("me/tokens", json.dumps({"member": member.external_id}))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_a_key_lets_in_members_of_its_own_club_alone(member):
    other = ApiClient(MemberFactory().club)
    assert other.post("me/tokens", json.dumps({"member": member.external_id})).status_code == 404
    assert not MemberSession.objects.exists()


def test_the_tokens_of_a_key_end_with_it(app):
    revoke_api_key(key_id=MemberSession.objects.get().api_key_id, now=NOW)
    assert app("get", "unread").json()["code"] == "signed_out"


@pytest.mark.parametrize(("hours", "status"), [(11, 200), (12, 401)])
def test_a_token_lasts_for_twelve_hours(app, time_machine, hours, status):
    time_machine.move_to(NOW + dt.timedelta(hours=hours), tick=False)
    assert app("get", "unread").status_code == status


def test_a_renewed_token_takes_the_place_of_the_old_one(app):
    old = app.token
    app.token = app("post", "session", {}).json()["token"]
    assert app("get", "unread").status_code == 200
    app.token = old
    assert app("get", "unread").status_code == 401


def test_a_family_changes_over_by_link_and_not_by_key(member, app):
    child = MemberFactory(club=member.club, email=member.email, first_name="Zoe")
    assert app("post", "session", {"member": child.external_id}).status_code == 404
    by_link = App()
    by_link("post", "links", {"address": member.email})
    send_links(now=NOW)
    from django.conf import settings

    link = settings.MESSAGE_FILE.read_text().split("/me/link/")[1].split()[0]
    answer = by_link("post", "sessions", {"link": link}).json()
    assert [one["first_name"] for one in answer["others"]] == ["Zoe"]
    by_link.token = answer["token"]
    assert by_link("post", "session", {"member": child.external_id}).json()["member"]["first_name"] == "Zoe"
    stranger = MemberFactory(club=member.club)
    assert by_link("post", "session", {"member": stranger.external_id}).status_code in (401, 404)


def test_signing_out_ends_it(app):
    assert app("delete", "session").json() == {"signed_out": True}
    assert app("get", "unread").status_code == 401


def test_a_cookie_of_the_page_opens_nothing_here_and_the_other_way_round(member, app):
    page = Client()
    page.cookies["rollcall_member"] = app.token
    assert page.get("/me/")["Location"] == "/me/sign-in"
    assert page.get("/api/v1/me/unread").status_code == 401


def test_a_token_may_ask_sixty_times_a_minute(app, time_machine):
    assert {app("get", "unread").status_code for _ in range(60)} == {200}
    refused = app("get", "unread")
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    time_machine.move_to(NOW + MINUTE, tick=False)
    assert app("get", "unread").status_code == 200


# --- Messages -----------------------------------------------------------------------------------
def test_messages_come_since_a_cursor_each_once(app, member):
    late = got(member, subject="Late", ended_at=NOW - MINUTE)
    early = got(member, subject="Early", ended_at=NOW - 2 * MINUTE)
    page = app("get", "messages", limit=1).json()
    assert ([one["id"] for one in page["messages"]], page["has_more"], page["unread"]) == (
        [early.pk],
        True,
        2,
    )
    page = app("get", "messages", after=page["next"]).json()
    assert ([one["id"] for one in page["messages"]], page["has_more"]) == ([late.pk], False)
    assert app("get", "messages", after=page["next"]).json()["messages"] == []


def test_what_left_this_very_moment_comes_with_the_next_request(app, member, time_machine):
    message = got(member, ended_at=NOW)
    page = app("get", "messages").json()
    assert (page["messages"], page["next"]) == ([], "")
    time_machine.move_to(NOW + dt.timedelta(seconds=6), tick=False)
    assert [one["id"] for one in app("get", "messages").json()["messages"]] == [message.pk]


@pytest.mark.parametrize("params", [{"after": "x"}, {"after": "1-²"}, {"limit": 0}, {"limit": 101}])
def test_a_page_that_cannot_be_is_a_problem(app, params):
    answer = app("get", "messages", **params)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_what_is_read_followed_and_put_away_is_told_and_counted_once(app, member):
    message = got(member, action_url="https://book.example/")
    for _ in range(2):
        assert app("post", f"messages/{message.pk}/read").json() == {"unread": 0}
        assert app("post", f"messages/{message.pk}/follow").json() == {"url": "https://book.example/"}
    kinds = MessageEvent.objects.filter(message=message).values_list("kind", flat=True)
    assert sorted(kinds) == ["clicked", "opened"]
    message.refresh_from_db()
    assert (message.fate, message.opened_at, message.clicked_at) == ("clicked", NOW, NOW)
    app("post", f"messages/{message.pk}/dismiss")
    assert app("get", "messages").json()["messages"] == []


def test_all_are_read_at_once_in_the_same_few_queries(app, member, django_assert_max_num_queries):
    for _ in range(12):
        got(member)
    got(member, channel="sms")
    with django_assert_max_num_queries(18):
        assert app("post", "messages/read").json() == {"unread": 0}
    assert MessageEvent.objects.filter(kind="opened").count() == MessageReceipt.objects.count() == 12


def test_nobody_reads_or_touches_anothers(app, member):
    theirs = got(MemberFactory(club=member.club), subject="Secret", action_url="https://a.example/")
    for deed in ("read", "dismiss", "follow"):
        assert app("post", f"messages/{theirs.pk}/{deed}").status_code == 404
        assert app("post", f"messages/{2**70}/{deed}").status_code == 404
    for address in ("messages", "bookings", "preferences", "unread"):
        assert "Secret" not in app("get", address).content.decode()
    assert not MessageReceipt.objects.exists()


def test_every_address_below_me_takes_a_token(client):
    described = client.get(reverse("api:openapi-json")).json()["paths"]
    open_to_all = {"/api/v1/me/links", "/api/v1/me/sessions"}
    walked = 0
    for address, methods in described.items():
        if not address.startswith("/api/v1/me/"):
            continue
        for method in methods:
            answer = getattr(client, method)(address.replace("{pk}", "1"), content_type="application/json")
            walked += 1
            assert answer.status_code == (422 if address in open_to_all else 401), address
    assert walked >= 14


# --- What is booked and what may be sent ----------------------------------------------------------
def test_it_tells_the_classes_to_come(app, member):
    booking = BookingFactory(member=member, class_session=ClassSessionFactory(club=member.club, name="Yoga"))
    BookingFactory()
    answer = app("get", "bookings").json()
    assert [(one["id"], one["name"]) for one in answer["bookings"]] == [(booking.external_id, "Yoga")]
    assert answer["time_zone"] == "UTC"


def test_a_wish_is_kept_with_its_words(app, member):
    wish = {"channel": "sms", "category": "marketing", "is_granted": False}
    assert wish in app("post", "preferences", wish).json()["preferences"]
    record = ConsentRecord.objects.get()
    assert (record.member, record.category, record.source) == (member, "marketing", "member's app")
    assert "No to" in record.words
    assert wish in app("get", "preferences").json()["preferences"]


def test_a_wish_about_nothing_that_there_is_is_a_problem(app):
    assert (
        app("post", "preferences", {"channel": "fax", "category": "", "is_granted": True}).status_code == 422
    )
