"""The notification centre as a member has it on a phone: in by a link, reads, follows, chooses a password, and out again.

On the way each page is looked at as those of the staff are: by light and in the dark, on a phone and at a desk.
"""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from messaging.models import MessageReceipt
from messaging.operations.sign_in_links import send_links
from tests.factories import BookingFactory, ClassSessionFactory, MemberFactory, MessageFactory
from tests.journeys.test_every_page import Walk, walk

__all__ = ["walk"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_member_reads_follows_and_leaves(walk: Walk, settings) -> None:
    from django.utils import timezone

    settings.PUBLIC_URL = walk.host
    settings.TRANSPORT = "console"
    now = timezone.now()
    ann = MemberFactory(first_name="Ann", club__name="Iron Gym", email="family@mail.example")
    MemberFactory(first_name="W" * 60, club=ann.club, email="family@mail.example")
    for channel, subject, link in (
        ("in_app", "Your spot on Monday", f"{walk.host}/me/account?booked"),
        ("sms", "", ""),
        ("email", "B" * 200, ""),
        ("in_app", "A month on us", ""),
    ):
        MessageFactory(
            member=ann,
            channel=channel,
            status="sent",
            subject=subject,
            text_body="Hey Ann, we missed you last week!\n\nSee you " + "soon " * 30,
            action_url=link,
            sent_at=now,
        )
    session = ClassSessionFactory(club=ann.club, starts_at=now + dt.timedelta(days=1))
    BookingFactory(member=ann, class_session=session)

    page = walk.page
    walk.see("signing in", "/me/sign-in")
    walk.see("by password", "/me/password")
    walk.see("a link that is over", f"/me/link/{'x' * 32}", status=404)
    page.goto("/me/")
    page.get_by_label("Your e-mail address or phone number").fill("nobody")
    page.get_by_role("button", name="Send me a link").click()
    page.get_by_text("Write an e-mail address").wait_for()
    walk.at = "no address"
    walk.look_around()
    page.get_by_label("Your e-mail address or phone number").fill("family@mail.example")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Look at your e-mails or texts").wait_for()
    walk.at = "link sent"
    walk.look_around()
    send_links(now=timezone.now())
    [link] = re.findall(r"/me/link/[\w-]+", settings.MESSAGE_FILE.read_text())

    walk.see("the link", link)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Whose messages").wait_for()
    walk.at = "whose page"
    walk.look_around()
    page.get_by_role("button", name="Ann Doe").click()
    page.get_by_role("heading", name="Hello Ann").wait_for()
    walk.at = "messages"
    walk.look_around()
    expect(page.get_by_text("2 new", exact=True)).to_be_visible()

    page.get_by_role("link", name="A month on us", exact=True).click()
    page.get_by_role("heading", name="A month on us").wait_for()
    walk.at = "one message"
    walk.look_around()
    page.get_by_role("link", name="Messages", exact=True).click()
    expect(page.get_by_text("1 new", exact=True)).to_be_visible()
    page.get_by_role("link", name="Open the link").click()
    expect(page).to_have_url(f"{walk.host}/me/account?booked")
    assert MessageReceipt.objects.filter(followed_at__isnull=False).count() == 1

    walk.at = "settings"
    walk.look_around()
    page.get_by_label("A new password").fill("short")
    page.get_by_role("button", name="Set the password").click()
    page.get_by_text("too short").wait_for()
    walk.at = "a weak password"
    walk.look_around()
    page.get_by_label("A new password").fill("sieben Zwerge tanzen")
    page.get_by_role("button", name="Set the password").click()
    page.get_by_text("You have a password").wait_for()
    walk.see("a message that is gone", "/me/messages/999999", status=404)
    page.get_by_role("link", name="To your page").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("heading", name="See your messages").wait_for()

    page.get_by_role("link", name="Use a password instead").click()
    page.get_by_label("Your e-mail address or phone number").fill("family@mail.example")
    page.get_by_label("Your password").fill("sieben Zwerge tanzen")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Hello Ann").wait_for()
    assert not walk.wrong, "\n".join(walk.wrong)
