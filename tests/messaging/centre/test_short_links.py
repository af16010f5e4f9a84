"""A short link leads where the club said, counts people, and says nothing to anybody else."""

import datetime as dt

import pytest
from django.db.models import F
from django.urls import reverse

from messaging.models import Message, MessageLink
from messaging.operations.delivery import deliver
from tests.factories import (
    NOW,
    ClubFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    UserFactory,
)
from tests.messaging.rules.test_visitors import IPHONE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def text():
    """One that left, as it was sent to the console."""
    club = ClubFactory(short_links=True, booking_link="https://book.example/classes?club=1")
    message = MessageFactory(
        member=MemberFactory(club=club),
        template=MessageTemplateFactory(
            club=club, text_body="Hey {{ first_name }}: {{ booking_link }} or stop: {{ unsubscribe_link }}"
        ),
    )
    assert deliver(clock=lambda: NOW) == {"sent": 1}
    Message.objects.update(sent_at=NOW - dt.timedelta(hours=1))
    return message


def links(text):
    return list(MessageLink.objects.filter(message=text).order_by("token"))


def follow(client, link, agent=IPHONE, method="get", **headers):
    return getattr(client, method)(f"/l/{link.token}", headers={"user-agent": agent, **headers})


def test_the_text_that_left_holds_short_links_and_they_lead_on(text, client):
    text.refresh_from_db()
    booking, stop = links(text)
    assert f"http://localhost:8000/l/{booking.token}" in text.text_body
    assert "https://book.example" not in text.text_body
    answer = follow(client, booking)
    assert (answer.status_code, answer["Location"]) == (302, "https://book.example/classes?club=1")
    assert answer["Cache-Control"] == "no-store"
    assert "/u/" in follow(client, stop)["Location"]


def test_a_person_counts_as_a_click_of_the_message(text, client):
    follow(client, links(text)[0])
    text.refresh_from_db()
    assert (text.fate, text.clicked_at) == ("clicked", NOW)
    (event,) = text.events.filter(kind="clicked")
    assert event.detail == "https://book.example/classes"
    assert links(text)[0].clicks == 1


@pytest.mark.parametrize(
    ("agent", "method", "headers"),
    [
        ("facebookexternalhit/1.1 Facebot Twitterbot/1.0", "get", {}),
        (IPHONE, "head", {}),
        (IPHONE, "get", {"sec-purpose": "prefetch"}),
    ],
)
def test_a_preview_is_counted_apart(text, client, agent, method, headers):
    answer = follow(client, links(text)[0], agent, method, **headers)
    assert answer.status_code == 302
    text.refresh_from_db()
    assert (text.fate, links(text)[0].clicks, links(text)[0].previews) == ("", 0, 1)


def test_whoever_opts_out_did_not_come_back_for_it(text, client):
    follow(client, links(text)[1])
    text.refresh_from_db()
    assert (text.clicked_at, links(text)[1].clicks) == (None, 1)


def test_a_click_proves_that_a_text_left_whose_outcome_nobody_knew(text, client):
    Message.objects.update(status="unknown", provider_id="", sent_at=None, claimed_at=NOW)
    follow(client, links(text)[0], **{"sec-fetch-user": "?1"})
    text.refresh_from_db()
    assert (text.status, text.fate) == ("sent", "clicked")


def test_a_hundred_clicks_are_counted_and_twenty_told(text, client, monkeypatch):
    link = links(text)[0]
    MessageLink.objects.filter(pk=link.pk).update(clicks=F("clicks") + 20)
    follow(client, link)
    assert links(text)[0].clicks == 21
    assert not text.events.filter(kind="clicked").exists()


@pytest.mark.parametrize("path", ["/l/nothing", "/l/" + "x" * 300, "/l/https://evil.example"])
def test_an_unknown_link_leads_nowhere(db, client, path):
    assert client.get(path, {"url": "https://evil.example"}).status_code == 404


def test_nothing_in_the_request_says_where_it_leads(text, client):
    link = links(text)[0]
    answer = client.get(
        f"/l/{link.token}?url=https://evil.example&next=//evil.example",
        headers={"user-agent": IPHONE, "x-forwarded-host": "evil.example"},
    )
    assert answer["Location"] == "https://book.example/classes?club=1"


def test_only_looking_is_answered(text, client):
    assert client.post(f"/l/{links(text)[0].token}").status_code == 405


def test_a_message_put_into_words_again_has_the_same_links(text):
    before = [(link.token, link.target) for link in links(text)]
    Message.objects.update(status="queued", due_at=NOW, claim=None)
    deliver(clock=lambda: NOW)
    assert [(link.token, link.target) for link in links(text)] == before


def test_the_page_of_the_message_says_how_often_each_was_followed(text, client):
    follow(client, links(text)[0])
    client.force_login(UserFactory(superuser=True))
    page = client.get(reverse("admin:messaging_message_change", args=[text.pk])).text
    assert "https://book.example/classes, followed: 1, only looked ahead at: 0" in page
    assert links(text)[1].target not in page


def test_a_club_that_does_not_want_them_keeps_its_own():
    message = MessageFactory()
    deliver(clock=lambda: NOW)
    message.refresh_from_db()
    assert "https://book.example/" in message.text_body
    assert not MessageLink.objects.exists()
