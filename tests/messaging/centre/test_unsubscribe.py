"""Tests of the link with which a member stops a channel."""

from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from members.models import Member
from messaging.models import ConsentRecord
from messaging.rules.preferences_links import preferences_url
from messaging.rules.unsubscribe_links import unsubscribe_url
from tests.factories import MemberFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("messaging.centre.urls"),
    pytest.mark.usefixtures("public_url"),
]


@pytest.fixture
def member() -> Member:
    return MemberFactory(club__name="Iron Gym")


def link(member: Member, channel: str = "email") -> str:
    return unsubscribe_url(member.pk, channel).removeprefix(settings.PUBLIC_URL)


def offers(member: Member, channel: str = "email") -> str:
    """The link under a message of offers and news."""
    return unsubscribe_url(member.pk, channel, "marketing").removeprefix(settings.PUBLIC_URL)


def said(response: HttpResponse) -> str:
    return response.content.decode()


def test_the_link_is_absolute_and_fits_into_a_text(member: Member) -> None:
    url = unsubscribe_url(member.pk, "sms")
    assert url.startswith("https://rollcall.example/u/")
    assert len(url) - len(settings.PUBLIC_URL) < 70


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_changes_nothing(visitor: Client, member: Member, method: str) -> None:
    response = getattr(visitor, method)(link(member))
    assert response.status_code == 200
    assert not ConsentRecord.objects.exists()


def test_the_page_asks_with_one_button(visitor: Client, member: Member) -> None:
    page = said(visitor.get(link(member)))
    assert "Stop e-mails from Iron Gym?" in page
    assert page.count("<button") == 1
    assert '<form method="post">' in page
    assert 'name="viewport"' in page


def test_the_button_opts_out_and_keeps_what_was_asked(visitor: Client, member: Member) -> None:
    response = visitor.post(link(member, "sms"))
    assert "Iron Gym will not text you again." in said(response)
    record = ConsentRecord.objects.get()
    assert (record.member, record.channel, record.is_granted) == (member, "sms", False)
    assert (record.source, record.words) == ("unsubscribe link", "Stop text messages from Iron Gym?")


def test_a_mail_program_opts_out_in_one_click(visitor: Client, member: Member) -> None:
    response = visitor.post(
        link(member), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 200
    assert ConsentRecord.objects.get().words == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("body", ["List-Unsubscribe=One-Click", ""])
def test_the_link_under_an_offer_stops_offers_alone(visitor: Client, member: Member, body: str) -> None:
    assert "Stop e-mails with offers and news from Iron Gym?" in said(visitor.get(offers(member)))
    assert not ConsentRecord.objects.exists()
    done = visitor.post(offers(member), body, content_type="application/x-www-form-urlencoded")
    assert "Iron Gym will not e-mail you offers and news again." in said(done)
    record = ConsentRecord.objects.get()
    assert (record.category, record.is_granted) == ("marketing", False)
    assert record.words == (body or "Stop e-mails with offers and news from Iron Gym?")
    assert "Stop e-mails from Iron Gym?" in said(visitor.get(link(member)))


def test_the_link_under_anything_else_stops_offers_as_well(visitor: Client, member: Member) -> None:
    assert unsubscribe_url(member.pk, "email", "service") == unsubscribe_url(member.pk, "email")
    visitor.post(link(member))
    assert "<button" not in said(visitor.get(offers(member)))


def test_both_pages_lead_to_the_choice(visitor: Client, member: Member) -> None:
    there = preferences_url(member.pk)
    assert there in said(visitor.get(link(member)))
    assert there in said(visitor.post(link(member)))


def test_pressing_twice_is_recorded_once(visitor: Client, member: Member) -> None:
    first, second = visitor.post(link(member)), visitor.post(link(member))
    assert said(first) == said(second)
    assert ConsentRecord.objects.count() == 1


def test_the_link_says_so_when_it_is_done_already(visitor: Client, member: Member) -> None:
    visitor.post(link(member))
    page = said(visitor.get(link(member)))
    assert "Iron Gym will not e-mail you again." in page
    assert "<button" not in page


def test_the_other_channel_still_asks(visitor: Client, member: Member) -> None:
    visitor.post(link(member, "email"))
    assert "Stop text messages" in said(visitor.get(link(member, "sms")))


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("spoil", ["member", "channel", "category", "signature", "garbage", "empty"])
def test_a_changed_link_is_answered_kindly_and_does_nothing(
    visitor: Client, member: Member, method: str, spoil: str
) -> None:
    other = MemberFactory()
    number, channel, signature = link(member).removeprefix("/u/").split(".")
    token = {
        "member": f"{other.pk}.{channel}.{signature}",
        "channel": f"{number}.sms.{signature}",
        "category": f"{number}.{channel}.m.{signature}",
        "signature": f"{number}.{channel}.{signature[:-1]}",
        "garbage": "%00%F0%9F%93%8C",
        "empty": ".",
    }[spoil]
    response = getattr(visitor, method)(f"/u/{token}")
    assert response.status_code == 404
    assert "We do not know this link" in said(response)
    assert not ConsentRecord.objects.exists()


def test_the_link_of_a_member_who_is_gone_is_answered_kindly(visitor: Client, member: Member) -> None:
    gone = link(member)
    member.delete()
    assert visitor.post(gone).status_code == 404


def test_a_link_survives_a_new_secret_key(visitor: Client, member: Member, settings: Any) -> None:
    old = link(member)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert visitor.get(old).status_code == 200


@pytest.mark.parametrize("tampered", ["", "x"])
def test_nobody_keeps_lists_or_passes_on_the_page(visitor: Client, member: Member, tampered: str) -> None:
    response = visitor.get(link(member) + tampered)
    assert response["Cache-Control"] == "no-store"
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "no-referrer"


def test_a_hostile_club_name_stays_text(visitor: Client) -> None:
    member = MemberFactory(club__name="<script>alert(1)</script>")
    for response in (visitor.get(link(member)), visitor.post(link(member))):
        assert "<script>" not in said(response)
        assert "&lt;script&gt;" in said(response)


def test_other_methods_are_not_served(visitor: Client, member: Member) -> None:
    assert visitor.put(link(member)).status_code == 405
