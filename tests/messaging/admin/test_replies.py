"""The staff's inbox: what waits first, answered by a message or marked as done, by one person."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from members.models import Member
from messaging.models import InboundMessage, Message
from tests.factories import (
    NOW,
    ClubFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageTemplateFactory,
    UserFactory,
)
from tests.members.admin.world import staff_of
from tests.reply_factories import InboundMessageFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:messaging_inboundmessage_changelist")


@pytest.fixture
def member() -> Member:
    return MemberFactory(first_name="Maria")


@pytest.fixture
def inbound(member: Member) -> InboundMessage:
    return InboundMessageFactory(member=member, body="Is the sauna open?")


def deed(inbound: InboundMessage, name: str) -> str:
    return reverse("admin:messaging_inboundmessage_deed", args=[inbound.pk, name])


def shown(client: Client, **query: str) -> list[InboundMessage]:
    return list(client.get(LIST, query).context["cl"].result_list)


def answer(client: Client, inbound: InboundMessage, **changes: Any) -> Any:
    template = MessageTemplateFactory(club=inbound.club, text_body="Yes, {{ first_name }}!")
    data = {"template": template.pk, "token": uuid.uuid4()} | changes
    return client.post(deed(inbound, "answer"), data, follow=True)


def test_it_opens_with_what_waits_and_shows_the_rest_when_asked(
    admin_client: Client, inbound: InboundMessage
) -> None:
    done = InboundMessageFactory(member=inbound.member, handled_at=NOW)
    assert shown(admin_client) == [inbound]
    assert shown(admin_client, state="done") == [done]
    assert set(shown(admin_client, state="all")) == {inbound, done}
    assert set(shown(admin_client, member__id__exact=str(inbound.member_id))) == {inbound, done}


def test_opening_the_question_changes_nothing(admin_client: Client, inbound: InboundMessage) -> None:
    for name in ("answer", "done"):
        assert "Is the sauna open?" in admin_client.get(deed(inbound, name)).content.decode()
    inbound.refresh_from_db()
    assert inbound.handled_at is None


def test_an_answer_is_a_message_by_hand_and_done(
    admin_client: Client, admin_user: Any, inbound: InboundMessage
) -> None:
    answer(admin_client, inbound)
    inbound.refresh_from_db()
    message = Message.objects.get()
    assert (message.member, message.origin, message.asked_by) == (inbound.member, "by hand", admin_user)
    assert (inbound.answer, inbound.handled_by) == (message, admin_user)
    page = admin_client.get(reverse("admin:messaging_inboundmessage_change", args=[inbound.pk]))
    assert "Done by admin" in page.content.decode()
    assert deed(inbound, "done") not in page.content.decode()


def test_what_a_gate_stops_is_said_and_stays_open(admin_client: Client, inbound: InboundMessage) -> None:
    ConsentRecordFactory(member=inbound.member)
    assert "Opted out" in answer(admin_client, inbound).content.decode()
    inbound.refresh_from_db()
    assert inbound.handled_at is None
    assert not Message.objects.exists()


def test_of_two_people_one_answers(admin_client: Client, inbound: InboundMessage) -> None:
    other = UserFactory()
    InboundMessage.objects.update(handled_at=NOW, handled_by=other)
    assert "Somebody was quicker" in answer(admin_client, inbound).content.decode()
    assert not Message.objects.exists()
    assert "Somebody was quicker" in admin_client.post(deed(inbound, "done"), follow=True).content.decode()
    inbound.refresh_from_db()
    assert inbound.handled_by == other


def test_it_may_be_done_without_an_answer(
    admin_client: Client, admin_user: Any, inbound: InboundMessage
) -> None:
    assert "Done. Thank you." in admin_client.post(deed(inbound, "done"), follow=True).content.decode()
    inbound.refresh_from_db()
    assert (inbound.handled_by, inbound.answer) == (admin_user, None)


@pytest.mark.parametrize(
    ("permissions", "name", "status"),
    [
        (["messaging.view_inboundmessage"], "done", 403),
        (["messaging.view_inboundmessage", "messaging.change_inboundmessage"], "answer", 403),
        (["messaging.view_inboundmessage", "messaging.change_inboundmessage"], "done", 302),
        ([], "done", 404),
    ],
)
def test_each_deed_asks_for_its_permission(
    client: Client, inbound: InboundMessage, permissions: list[str], name: str, status: int
) -> None:
    client.force_login(staff_of(inbound.club, permissions=permissions))
    assert client.post(deed(inbound, name)).status_code == status


def test_another_clubs_answers_are_not_seen(client: Client, inbound: InboundMessage) -> None:
    client.force_login(staff_of(ClubFactory()))
    assert client.post(deed(inbound, "done")).status_code == 404
    assert shown(client) == []


def test_the_members_page_tells_what_came_in(admin_client: Client, inbound: InboundMessage) -> None:
    page = admin_client.get(reverse("admin:members_member_change", args=[inbound.member_id]))
    assert "Is the sauna open?" in page.content.decode()
    assert "Wrote back" in page.content.decode()


def test_nobodys_text_is_shown_with_its_number_and_cannot_be_answered(admin_client: Client) -> None:
    inbound = InboundMessageFactory(member=None, club=None, from_address="+41790000009")
    assert "+41790000009" in admin_client.get(LIST).content.decode()
    assert "Nobody here has this number" not in admin_client.get(LIST).content.decode()
    InboundMessage.objects.update(taken_as="away")
    assert "Nobody here has this number" in admin_client.get(LIST).content.decode()
    assert admin_client.get(deed(inbound, "answer")).status_code == 403
