"""Sending once more from the message's page: asked first, by POST, with a permission, within one's clubs, once a press."""

from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from messaging.models import Message
from tests.factories import NOW, ClubFactory, ConsentRecordFactory, MemberFactory, MessageFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db
MAY = ["messaging.view_message", "messaging.add_message"]


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def message() -> Message:
    return MessageFactory(
        member=MemberFactory(first_name="Ana"), status="sent", sent_at=NOW, fate="delivered"
    )


@pytest.fixture
def anna(client: Client, message: Message) -> Any:
    person = staff_of(message.club, permissions=MAY)
    person.first_name, person.last_name = "Anna", "Smith"
    person.save()
    client.force_login(person)
    return person


def url(message: Message) -> str:
    return reverse("admin:messaging_message_again", args=[message.pk])


def page(message: Message) -> str:
    return reverse("admin:messaging_message_change", args=[message.pk])


def read(answer: Any) -> str:
    return unescape(answer.content.decode())


def test_the_page_offers_it_asks_and_does_it(client: Client, anna: Any, message: Message) -> None:
    assert url(message) in read(client.get(page(message)))
    asked = client.get(url(message))
    assert "It was sent to Ana on " in read(asked)
    assert "(Delivered). Ana gets it once more" in read(asked)
    assert "Hey Ana, we missed you" in read(asked)
    assert Message.objects.count() == 1
    token = asked.context["form"].initial["token"]
    answer = client.post(url(message), {"token": token}, follow=True)
    assert "It is on its way again." in read(answer)
    assert "Anna Smith: sent again, as message" in read(answer)
    new = Message.objects.exclude(pk=message.pk).get()
    assert (new.status, new.asked_by, new.member) == ("queued", anna, message.member)
    assert "Anna Smith: sent again what had left on" in read(client.get(page(new)))


def test_a_double_press_makes_one(client: Client, anna: Any, message: Message) -> None:
    token = client.get(url(message)).context["form"].initial["token"]
    client.post(url(message), {"token": token})
    assert "It is on its way already." in read(client.post(url(message), {"token": token}, follow=True))
    assert Message.objects.count() == 2


def test_at_night_it_says_when_it_leaves(client: Client, anna: Any, message: Message) -> None:
    with time_machine.travel(NOW.replace(hour=22), tick=False):
        asked = client.get(url(message))
        assert "Quiet hours: it leaves on" in read(asked)
        token = asked.context["form"].initial["token"]
        assert "It leaves again on" in read(client.post(url(message), {"token": token}, follow=True))


def test_why_a_gate_would_stop_it_is_said_and_nothing_is_sent(
    client: Client, anna: Any, message: Message
) -> None:
    token = client.get(url(message)).context["form"].initial["token"]
    ConsentRecordFactory(member=message.member)
    asked = client.get(url(message), headers={"HX-Request": "true"})
    assert "Opted out of texts" in read(asked)
    assert "<button" not in read(asked)
    assert "Opted out of texts" in read(client.post(url(message), {"token": token}))
    assert Message.objects.count() == 1


@pytest.mark.parametrize("status", ["queued", "failed", "unknown", "skipped"])
def test_only_what_was_sent_is_offered(status: str, client: Client, anna: Any, message: Message) -> None:
    Message.objects.update(status=status)
    assert url(message) not in read(client.get(page(message)))
    asked = client.get(url(message), headers={"HX-Request": "true"})
    assert "It cannot be sent again" in read(asked)
    assert "<button" not in read(asked)


def test_whoever_may_not_send_is_neither_offered_it_nor_let(client: Client, message: Message) -> None:
    client.force_login(staff_of(message.club, permissions=[MAY[0], "messaging.change_message"]))
    assert url(message) not in read(client.get(page(message)))
    assert client.get(url(message)).status_code == 403
    assert client.post(url(message), {"token": "x"}).status_code == 403
    assert Message.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_message_of_another_club_does_not_exist(method: str, client: Client, message: Message) -> None:
    client.force_login(staff_of(ClubFactory(), permissions=MAY))
    assert getattr(client, method)(url(message)).status_code == 404


def test_it_needs_the_forms_token(message: Message, anna: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(anna)
    assert strict.post(url(message)).status_code == 403
