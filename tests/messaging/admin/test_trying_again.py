"""“Try again” for many in the message log: offered where it shows what failed, asked first, only for whoever may."""

import pytest
from django.urls import reverse

from messaging.admin import trying_again
from messaging.models import Message
from tests.factories import ConsentRecordFactory, MessageFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
LOG = reverse("admin:messaging_message_changelist")
FAILED = f"{LOG}?status__exact=failed"


@pytest.fixture
def failed(client):
    """Three of a club, whose staff is logged in."""
    first = MessageFactory(status="failed", error="AuthorizationError")
    rest = [MessageFactory(status="failed", member__club=first.club, club=first.club) for _ in range(2)]
    client.force_login(staff_of(first.club))
    return [first, *rest]


def chosen(client, messages, **more):
    data = (
        {"action": "try_chosen_again", "index": "0"} if "yes" not in more else {"action": "try_chosen_again"}
    )
    ids = [message.pk for message in messages]
    return client.post(FAILED, {**data, "_selected_action": ids, **more}, follow=True).content.decode()


def statuses(messages):
    return [Message.objects.get(pk=message.pk).status for message in messages]


def test_it_asks_first_and_then_does_it_for_those_who_were_chosen(client, failed):
    asks = chosen(client, failed[:2])
    assert "Try 2 messages again?" in asks
    assert statuses(failed) == ["failed"] * 3
    assert "2 messages are in the outbox again." in chosen(client, failed[:2], yes="yes")
    assert statuses(failed) == ["queued", "queued", "failed"]


def test_all_that_are_shown_can_be_chosen_at_once(client, failed):
    assert "3 messages are in the outbox again." in chosen(client, failed[:1], yes="yes", select_across="1")
    assert statuses(failed) == ["queued"] * 3


def test_it_says_how_many_stay_as_they_are(client, failed):
    ConsentRecordFactory(member=failed[0].member)
    said = chosen(client, failed, yes="yes")
    assert "2 messages are in the outbox again. 1 stays as it is" in said
    assert "1 stays as it is: it would not be sent" in chosen(client, failed[:1], yes="yes")


def test_so_many_that_nobody_has_looked_at_them_are_refused(client, failed, monkeypatch):
    monkeypatch.setattr(trying_again, "MOST", 2)
    assert "That is more than 2." in chosen(client, failed)
    assert "nothing was changed" in chosen(client, failed, yes="yes")
    assert statuses(failed) == ["failed"] * 3


def test_it_is_offered_only_where_the_log_shows_what_failed(client, failed):
    assert 'name="action"' not in client.get(LOG).content.decode()
    assert 'name="action"' in client.get(FAILED).content.decode()


def test_who_may_only_look_is_not_offered_it_and_is_refused(client, failed):
    client.force_login(staff_of(failed[0].club, permissions=["messaging.view_message"]))
    assert 'name="action"' not in client.get(FAILED).content.decode()
    chosen(client, failed, yes="yes")
    assert statuses(failed) == ["failed"] * 3


def test_another_clubs_messages_are_not_there_to_choose(client, failed):
    theirs = MessageFactory(status="failed")
    chosen(client, [theirs], yes="yes")
    assert statuses([theirs]) == ["failed"]
