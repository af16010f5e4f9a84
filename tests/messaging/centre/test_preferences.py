"""The page of a member's wishes: opened by a signed link, changed by its own form alone, and it says what was kept."""

import datetime as dt

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from members.models import Member
from messaging.models import ConsentRecord
from messaging.operations.wording import envelope_of
from messaging.rules.preferences_links import preferences_url
from tests.factories import (
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    SuppressionFactory,
)
from tests.reply_factories import PauseFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("messaging.centre.urls"),
    pytest.mark.usefixtures("public_url"),
]
ALL = ["sms_marketing", "sms_service", "email_marketing", "email_service"]


@pytest.fixture
def member() -> Member:
    return MemberFactory(club__name="Iron Gym", phone="+41791234567")


def link(member: Member) -> str:
    return preferences_url(member.pk).removeprefix(settings.PUBLIC_URL)


def said(response: HttpResponse) -> str:
    return response.content.decode()


def switched_on(page: str) -> list[str]:
    return [name for name in [*ALL, "whatsapp_marketing"] if f'name="{name}" checked' in page]


def save(visitor: Client, member: Member, *on: str, shown: list[str] | None = None) -> str:
    form = {"save": "1", "shown": ALL if shown is None else shown, **dict.fromkeys(on, "on")}
    return said(visitor.post(link(member), form))


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_it_changes_nothing(visitor: Client, member: Member, method: str) -> None:
    response = getattr(visitor, method)(link(member))
    assert response.status_code == 200
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    "body", ["", "List-Unsubscribe=One-Click", "shown=sms_marketing", "url=https://scanner.example"]
)
def test_a_scanner_that_posts_changes_nothing(visitor: Client, member: Member, body: str) -> None:
    response = visitor.post(link(member), body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200
    assert not ConsentRecord.objects.exists()


def test_it_shows_each_channel_and_category_as_the_gate_sees_them(visitor: Client, member: Member) -> None:
    ConsentRecordFactory(member=member, channel="sms", category="marketing")
    ConsentRecordFactory(member=member, channel="email")
    page = said(visitor.get(link(member)))
    assert switched_on(page) == ["sms_service"]
    assert "What Iron Gym may send you" in page
    assert "<script" not in page
    assert 'name="viewport"' in page
    for name in ALL:
        assert f'<label for="{name}">' in page


def test_what_was_switched_is_kept_word_for_word_and_said(visitor: Client, member: Member) -> None:
    page = save(visitor, member, "sms_service", "email_marketing", "email_service")
    record = ConsentRecord.objects.get()
    assert (record.channel, record.category, record.is_granted) == ("sms", "marketing", False)
    assert (record.source, record.words) == ("preference page", "Text messages, Offers and news: no")
    assert "<li>Text messages, Offers and news: no</li>" in page
    assert switched_on(page) == ["sms_service", "email_marketing", "email_service"]


def test_switching_on_again_is_kept_too(visitor: Client, member: Member) -> None:
    ConsentRecordFactory(member=member, channel="sms")
    save(visitor, member, *ALL)
    kept = {(one.category, one.is_granted) for one in ConsentRecord.objects.filter(source="preference page")}
    assert kept == {("marketing", True), ("service", True)}


def test_saving_what_is_so_already_keeps_nothing(visitor: Client, member: Member) -> None:
    assert "Nothing has changed" in save(visitor, member, *ALL)
    save(visitor, member)
    assert "Nothing has changed" in save(visitor, member)
    assert ConsentRecord.objects.count() == 4


def test_a_switch_that_the_page_did_not_show_stays(visitor: Client, member: Member) -> None:
    save(visitor, member, shown=["email_marketing"])
    assert [one.channel for one in ConsentRecord.objects.all()] == ["email"]


def test_whatsapp_is_shown_where_the_club_uses_it_and_is_off_until_agreed(
    visitor: Client, member: Member
) -> None:
    assert "WhatsApp" not in said(visitor.get(link(member)))
    MessageTemplateFactory(club=member.club, channel="whatsapp")
    page = said(visitor.get(link(member)))
    assert "WhatsApp messages" in page
    assert "whatsapp_marketing" not in switched_on(page)
    save(visitor, member, "whatsapp_marketing", shown=["whatsapp_marketing"])
    assert ConsentRecord.objects.get().is_granted


def test_a_member_without_addresses_is_told_so(visitor: Client) -> None:
    page = said(visitor.get(link(MemberFactory(unreachable=True))))
    assert "neither a phone number nor an e-mail address" in page
    assert "<form" not in page


def test_an_address_that_is_held_back_is_said(visitor: Client, member: Member) -> None:
    member.club.sms_number = ""
    member.club.save()
    SuppressionFactory(club=member.club, channel="sms", address=member.phone)
    assert "Ask the front desk" in said(visitor.get(link(member)))
    member.club.sms_number = "+41766000000"
    member.club.save()
    assert "Text START to +41766000000" in said(visitor.get(link(member)))


def test_what_was_said_before_is_on_record(visitor: Client, member: Member) -> None:
    ConsentRecordFactory(member=member, channel="sms", words="Too <b>many</b>")
    page = said(visitor.get(link(member)))
    assert "Text messages: no" in page
    assert "“Too &lt;b&gt;many&lt;/b&gt;”" in page


def test_whoever_is_away_may_say_that_they_are_back(visitor: Client, member: Member) -> None:
    now = timezone.now()
    pause = PauseFactory(member=member, starts_at=now, until=now + dt.timedelta(days=9))
    assert "You told us that you are away." in said(visitor.get(link(member)))
    assert "Welcome back!" in said(visitor.post(link(member), {"back": "1"}))
    pause.refresh_from_db()
    assert pause.ended_at
    assert "You told us" not in said(visitor.get(link(member)))
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("spoil", ["member", "signature", "unsubscribe", "garbage"])
def test_a_changed_link_is_answered_kindly_and_does_nothing(
    visitor: Client, member: Member, method: str, spoil: str
) -> None:
    number, signature = link(member).removeprefix("/p/").split(".")
    token = {
        "member": f"{MemberFactory().pk}.{signature}",
        "signature": f"{number}.{signature[:-1]}",
        "unsubscribe": f"{number}.sms.{signature}",
        "garbage": "%00",
    }[spoil]
    response = getattr(visitor, method)(f"/p/{token}", {"save": "1", "shown": ALL})
    assert response.status_code == 404
    assert not ConsentRecord.objects.exists()


def test_nobody_keeps_lists_or_passes_on_the_page(visitor: Client, member: Member) -> None:
    response = visitor.get(link(member))
    assert response["Cache-Control"] == "no-store"
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "no-referrer"


def test_a_template_may_lead_there(member: Member) -> None:
    template = MessageTemplateFactory(
        club=member.club, text_body="Choose: {{ preferences_link }} Stop: {{ opt_out_link }}"
    )
    message = MessageFactory(member=member, template=template)
    words = envelope_of(message).text
    assert preferences_url(member.pk) in words
    assert ".sms.m." in words
