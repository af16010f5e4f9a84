"""The page of a member's wishes: opened by a signed link, changed by its own form alone, and it says what was kept."""

import datetime as dt
from typing import Any

import pytest
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

pytestmark = [pytest.mark.django_db, pytest.mark.urls("messaging.centre.urls")]
PUBLIC = "https://rollcall.example"
ALL = ["sms_marketing", "sms_service", "email_marketing", "email_service"]


@pytest.fixture(autouse=True)
def public_url(settings: Any) -> None:
    settings.PUBLIC_URL = PUBLIC
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def member() -> Member:
    return MemberFactory(club__name="Iron Gym", phone="+41791234567")


def link(member: Member) -> str:
    return preferences_url(member.pk).removeprefix(PUBLIC)


def said(response: HttpResponse) -> str:
    return response.content.decode()


def switched_on(page: str) -> list[str]:
    return [name for name in [*ALL, "whatsapp_marketing"] if f'name="{name}" checked' in page]


def save(browser: Client, member: Member, *on: str, shown: list[str] | None = None) -> str:
    form = {"save": "1", "shown": ALL if shown is None else shown, **dict.fromkeys(on, "on")}
    return said(browser.post(link(member), form))


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_it_changes_nothing(browser: Client, member: Member, method: str) -> None:
    response = getattr(browser, method)(link(member))
    assert response.status_code == 200
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    "body", ["", "List-Unsubscribe=One-Click", "shown=sms_marketing", "url=https://scanner.example"]
)
def test_a_scanner_that_posts_changes_nothing(browser: Client, member: Member, body: str) -> None:
    response = browser.post(link(member), body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200
    assert not ConsentRecord.objects.exists()


def test_it_shows_each_channel_and_category_as_the_gate_sees_them(browser: Client, member: Member) -> None:
    ConsentRecordFactory(member=member, channel="sms", category="marketing")
    ConsentRecordFactory(member=member, channel="email")
    page = said(browser.get(link(member)))
    assert switched_on(page) == ["sms_service"]
    assert "What Iron Gym may send you" in page
    assert "<script" not in page
    assert 'name="viewport"' in page
    for name in ALL:
        assert f'<label for="{name}">' in page


def test_what_was_switched_is_kept_word_for_word_and_said(browser: Client, member: Member) -> None:
    page = save(browser, member, "sms_service", "email_marketing", "email_service")
    record = ConsentRecord.objects.get()
    assert (record.channel, record.category, record.is_granted) == ("sms", "marketing", False)
    assert (record.source, record.words) == ("preference page", "Text messages, Offers and news: no")
    assert "<li>Text messages, Offers and news: no</li>" in page
    assert switched_on(page) == ["sms_service", "email_marketing", "email_service"]


def test_switching_on_again_is_kept_too(browser: Client, member: Member) -> None:
    ConsentRecordFactory(member=member, channel="sms")
    save(browser, member, *ALL)
    kept = {(one.category, one.is_granted) for one in ConsentRecord.objects.filter(source="preference page")}
    assert kept == {("marketing", True), ("service", True)}


def test_saving_what_is_so_already_keeps_nothing(browser: Client, member: Member) -> None:
    assert "Nothing has changed" in save(browser, member, *ALL)
    save(browser, member)
    assert "Nothing has changed" in save(browser, member)
    assert ConsentRecord.objects.count() == 4


def test_a_switch_that_the_page_did_not_show_stays(browser: Client, member: Member) -> None:
    save(browser, member, shown=["email_marketing"])
    assert [one.channel for one in ConsentRecord.objects.all()] == ["email"]


def test_whatsapp_is_shown_where_the_club_uses_it_and_is_off_until_agreed(
    browser: Client, member: Member
) -> None:
    assert "WhatsApp" not in said(browser.get(link(member)))
    MessageTemplateFactory(club=member.club, channel="whatsapp")
    page = said(browser.get(link(member)))
    assert "WhatsApp messages" in page
    assert "whatsapp_marketing" not in switched_on(page)
    save(browser, member, "whatsapp_marketing", shown=["whatsapp_marketing"])
    assert ConsentRecord.objects.get().is_granted


def test_a_member_without_addresses_is_told_so(browser: Client) -> None:
    page = said(browser.get(link(MemberFactory(unreachable=True))))
    assert "neither a phone number nor an e-mail address" in page
    assert "<form" not in page


def test_an_address_that_is_held_back_is_said(browser: Client, member: Member) -> None:
    SuppressionFactory(club=member.club, channel="sms", address=member.phone)
    assert "Ask the front desk" in said(browser.get(link(member)))
    member.club.sms_number = "+41766000000"
    member.club.save()
    assert "Text START to +41766000000" in said(browser.get(link(member)))


def test_what_was_said_before_is_on_record(browser: Client, member: Member) -> None:
    ConsentRecordFactory(member=member, channel="sms", words="Too <b>many</b>")
    page = said(browser.get(link(member)))
    assert "Text messages: no" in page
    assert "“Too &lt;b&gt;many&lt;/b&gt;”" in page


def test_whoever_is_away_may_say_that_they_are_back(browser: Client, member: Member) -> None:
    now = timezone.now()
    pause = PauseFactory(member=member, starts_at=now, until=now + dt.timedelta(days=9))
    assert "You told us that you are away." in said(browser.get(link(member)))
    assert "Welcome back!" in said(browser.post(link(member), {"back": "1"}))
    pause.refresh_from_db()
    assert pause.ended_at
    assert "You told us" not in said(browser.get(link(member)))
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("spoil", ["member", "signature", "unsubscribe", "garbage"])
def test_a_changed_link_is_answered_kindly_and_does_nothing(
    browser: Client, member: Member, method: str, spoil: str
) -> None:
    number, signature = link(member).removeprefix("/p/").split(".")
    token = {
        "member": f"{MemberFactory().pk}.{signature}",
        "signature": f"{number}.{signature[:-1]}",
        "unsubscribe": f"{number}.sms.{signature}",
        "garbage": "%00",
    }[spoil]
    response = getattr(browser, method)(f"/p/{token}", {"save": "1", "shown": ALL})
    assert response.status_code == 404
    assert not ConsentRecord.objects.exists()


def test_nobody_keeps_lists_or_passes_on_the_page(browser: Client, member: Member) -> None:
    response = browser.get(link(member))
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
