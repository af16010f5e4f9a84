"""Old words where else they were kept: stories, links, cards of the front desk, pauses, tasks and the suppression list."""

import datetime as dt

import pytest

from members.models import Pause, StaffTask
from messaging.models import Message, MessageEvent, MessageLink, Suppression
from messaging.operations import replies
from messaging.operations.retention import blank_old_words
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory, SuppressionFactory, UserFactory
from tests.reply_factories import PauseFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
LATER = NOW + 91 * DAY


@pytest.fixture
def club():
    return ClubFactory(keep_words_days=90)


@pytest.fixture
def member(club):
    return MemberFactory(club=club, phone="+41446681800")


def heard(body):
    return replies.hear(
        channel="sms",
        from_phone="+41446681800",
        to="",
        body=body,
        provider_id=body,
        previous_provider_id="",
        received_at=NOW,
        now=NOW,
    )


def task(member, cause, **values):
    return StaffTask.objects.create(
        club=member.club, member=member, cause=cause, due_on=NOW.date(), opened_at=NOW, **values
    )


@pytest.mark.parametrize(
    ("kind", "stays"),
    [
        *[(kind, False) for kind in ("failed", "retry", "unknown", "bounced", "clicked")],
        *[(kind, True) for kind in ("held", "skipped", "settled")],
    ],
)
def test_a_story_keeps_its_reasons_and_what_staff_did_but_not_what_was_said(member, kind, stays):
    message = MessageFactory(member=member, status="failed", error="550 <anna@example.org> unknown")
    event = MessageEvent.objects.create(message=message, kind=kind, happened_at=NOW, detail="said")
    young = MessageFactory(member=member, status="failed", error="young", created_at=LATER)
    blank_old_words(now=LATER)
    assert [one.error for one in Message.objects.order_by("pk")] == ["", "young"]
    event.refresh_from_db()
    young.refresh_from_db()
    assert (event.detail, young.error) == ("said" if stays else "", "young")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("failed", "Failed."), ("retry", "The provider did not take it; it is tried again later.")],
)
def test_a_story_whose_words_are_gone_ends_its_sentences(member, admin_client, kind, said):
    message = MessageFactory(member=member, status="failed")
    MessageEvent.objects.create(message=message, kind=kind, happened_at=NOW, detail="550 no")
    address = f"/admin/messaging/message/{message.pk}/change/"
    assert "550 no" in admin_client.get(address).text
    blank_old_words(now=LATER)
    assert f"{said}</li>" in admin_client.get(address).text


def test_a_short_link_leads_nowhere_any_more_and_keeps_its_clicks(member, client, admin_client):
    message = MessageFactory(member=member, status="sent", sent_at=NOW)
    link = MessageLink.objects.create(
        message=message, token="t" * 8, target="https://a.example/?key=1", clicks=3
    )
    other = MessageLink.objects.create(
        message=MessageFactory(member=member, status="queued"), token="o" * 8, target="https://b.example/"
    )
    blank_old_words(now=LATER)
    link.refresh_from_db()
    other.refresh_from_db()
    assert (link.target, link.clicks, other.target) == ("", 3, "https://b.example/")
    assert client.get(f"/l/{other.token}").status_code == 302
    assert client.get(f"/l/{link.token}").status_code == 404
    page = admin_client.get(f"/admin/messaging/message/{message.pk}/change/").content.decode()
    assert "Deleted, as old words are, followed: 3" in page


def test_a_card_keeps_its_words_until_it_is_closed_and_the_message_with_it(member):
    message = MessageFactory(member=member, status="skipped", reason="in_person", text_body="Hello")
    card = task(member, f"in_person:{message.pk}", kind="in_person", description="Say it", words="Hello")
    other = task(member, "in_person:0", kind="in_person", description="Say it", words="Other")
    assert blank_old_words(now=LATER) == {"words deleted": 0}
    StaffTask.objects.update(status="completed")
    assert blank_old_words(now=LATER) == {"words deleted": 1}
    for one in (card, other, message):
        one.refresh_from_db()
    assert (card.words, card.description, other.words, message.text_body) == ("", "Say it", "Other", "")


def test_what_an_answer_left_in_a_pause_and_a_task_goes_once_the_task_is_closed(member):
    inbound = heard("I'm injured")
    by_hand = task(member, "by hand:1", description="Call", status="completed")
    noted = PauseFactory(
        member=member, starts_at=NOW, ended_at=NOW, recorded_by=UserFactory(), words="Told me"
    )
    assert "injured" in Pause.objects.get(ended_at=None).words
    assert blank_old_words(now=LATER) == {"words deleted": 0}
    away = StaffTask.objects.get(cause=f"away:{inbound.pk}")
    assert "injured" in away.description
    StaffTask.objects.update(status="completed", note="Spoke to them")
    assert blank_old_words(now=LATER)["answers emptied"] == 1
    for one in (inbound, away, by_hand, noted):
        one.refresh_from_db()
    pause = Pause.objects.get(ended_at=None)
    assert (inbound.body, pause.words, pause.why, noted.words) == ("", "", "injured", "Told me")
    assert away.description == "Wrote that they are away for a while; the words were deleted."
    assert (away.note, by_hand.description) == ("Spoke to them", "Call")


def test_the_suppression_list_keeps_the_number_of_an_old_stop_and_not_its_words(member):
    by_hand = SuppressionFactory(
        club=member.club, address="+41446681801", cause="by_hand", detail="Asked", suppressed_at=NOW
    )
    carriers = SuppressionFactory(address="+41446681800", detail="The carrier said")
    heard("STOP")
    entry = Suppression.objects.get(club=member.club, address="+41446681800")
    assert entry.detail == "Wrote: STOP"
    blank_old_words(now=NOW + 90 * DAY)
    entry.refresh_from_db()
    assert entry.detail == "Wrote: STOP"
    blank_old_words(now=LATER)
    entry.refresh_from_db()
    by_hand.refresh_from_db()
    carriers.refresh_from_db()
    assert (entry.detail, entry.cause) == ("", "opted_out")
    assert (by_hand.detail, carriers.detail) == ("Asked", "The carrier said")
