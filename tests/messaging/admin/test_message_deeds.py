"""A person settles a message: asked first, by POST, with a permission, within her clubs, and by her name."""

from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Club
from messaging.admin.message_deeds import DEED
from messaging.models import ConsentRecord, Message
from messaging.operations.settling import DEEDS
from tests.factories import NOW, ConsentRecordFactory, MessageFactory
from tests.members.admin.world import one_of_everything, staff_of

pytestmark = pytest.mark.django_db

FITTING = {deed: status for status, deeds in DEEDS.items() for deed in deeds if status != "claimed"}
BECOMES = {"try_again": "queued", "arrived": "sent", "not_arrived": "failed", "hold_off": "skipped"}
PERMISSIONS = ["messaging.view_message", "messaging.change_message"]
each_deed = pytest.mark.parametrize("deed", DEED)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def message():
    rows = one_of_everything("Mine")
    rows[ConsentRecord].delete()
    return rows[Message]


def read(answer):
    return unescape(answer.content.decode())


def url(message, deed):
    return reverse("admin:messaging_message_deed", args=[message.pk, deed])


def page(message):
    return reverse("admin:messaging_message_change", args=[message.pk])


def in_status(message, status):
    Message.objects.filter(pk=message.pk).update(status=status)


@pytest.fixture
def anna(client, message):
    person = staff_of(message.club, permissions=PERMISSIONS)
    person.first_name, person.last_name = "Anna", "Smith"
    person.save()
    client.force_login(person)
    return person


def test_every_deed_has_its_words_and_its_status():
    assert set(DEED) == set(FITTING) == set(BECOMES)


@each_deed
def test_the_page_offers_it_asks_and_does_it(deed, client, anna, message):
    in_status(message, FITTING[deed])
    assert url(message, deed) in client.get(page(message)).content.decode()
    asked = client.get(url(message, deed))
    assert str(DEED[deed].question) in read(asked)
    answer = client.post(url(message, deed), follow=True)
    assert str(DEED[deed].done) in read(answer)
    assert Message.objects.get().status == BECOMES[deed]
    assert "Anna Smith:" in read(answer)


@each_deed
def test_asking_changes_nothing(deed, client, anna, message):
    in_status(message, FITTING[deed])
    client.get(url(message, deed))
    assert Message.objects.get().status == FITTING[deed]
    assert not message.events.filter(kind="settled").exists()


@each_deed
def test_whoever_may_only_read_is_neither_offered_it_nor_let(deed, client, message):
    in_status(message, FITTING[deed])
    client.force_login(staff_of(message.club, permissions=["messaging.view_message"]))
    assert url(message, deed) not in client.get(page(message)).content.decode()
    assert client.get(url(message, deed)).status_code == 403
    assert client.post(url(message, deed)).status_code == 403
    assert Message.objects.get().status == FITTING[deed]


@each_deed
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_message_of_another_club_does_not_exist(deed, method, client, message):
    in_status(message, FITTING[deed])
    client.force_login(staff_of(one_of_everything("Other")[Club], permissions=PERMISSIONS))
    assert getattr(client, method)(url(message, deed)).status_code == 404
    assert Message.objects.get(pk=message.pk).status == FITTING[deed]


@each_deed
def test_a_second_click_is_told_that_it_was_done(deed, client, anna, message):
    in_status(message, FITTING[deed])
    client.post(url(message, deed))
    assert "Somebody was quicker" in read(client.post(url(message, deed), follow=True))
    assert message.events.filter(kind="settled").count() == 1


def test_the_question_is_not_asked_about_what_is_settled(client, anna, message):
    in_status(message, "sent")
    question = client.get(url(message, "try_again"), headers={"HX-Request": "true"}).content.decode()
    assert "It is “Sent” by now." in question
    assert "<button" not in question


def test_why_it_cannot_be_tried_again_is_said(client, anna, message):
    in_status(message, "failed")
    ConsentRecordFactory(member=message.member)
    answer = client.post(url(message, "try_again"), follow=True)
    assert "It would not be sent: Opted out." in read(answer)


def test_an_unknown_deed_does_not_exist(client, anna, message):
    assert client.post(url(message, "burn")).status_code == 404


def test_a_deed_needs_the_forms_token(message, anna):
    in_status(message, "failed")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(anna)
    assert strict.post(url(message, "try_again")).status_code == 403
    assert Message.objects.get().status == "failed"


@pytest.mark.parametrize("status", ["sent", "sending", "skipped"])
def test_nothing_is_offered_where_nothing_can_be_done(status, client, anna, message):
    in_status(message, status)
    assert "/decide/" not in client.get(page(message)).content.decode()


def test_the_page_of_a_message_costs_the_same_with_many_events(admin_client):
    message = MessageFactory(status="failed")
    asked = []
    for number in (1, 30):
        for _ in range(number):
            message.events.create(kind="retry", happened_at=NOW)
        admin_client.get(page(message))
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(page(message)).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 24


# --- What one sent by hand oneself ---------------------------------------------------------------
AT_THE_DESK = ["messaging.view_message", "messaging.add_message"]


@pytest.fixture
def desk(client, message):
    person = staff_of(message.club, permissions=AT_THE_DESK)
    client.force_login(person)
    Message.objects.filter(pk=message.pk).update(status="queued", asked_by=person)
    return person


def test_whoever_sent_it_may_stop_it(client, desk, message):
    assert url(message, "hold_off") in client.get(page(message)).content.decode()
    assert "It will not be sent." in read(client.post(url(message, "hold_off"), follow=True))
    assert (Message.objects.get().status, Message.objects.get().reason) == ("skipped", "by_hand")


@pytest.mark.parametrize("deed", [deed for deed in DEED if deed != "hold_off"])
def test_whoever_sent_it_may_do_nothing_else_with_it(deed, client, desk, message):
    in_status(message, FITTING[deed])
    assert url(message, deed) not in client.get(page(message)).content.decode()
    assert client.post(url(message, deed)).status_code == 403


def test_what_somebody_else_or_a_workflow_sent_is_theirs(client, desk, message):
    for other in (None, staff_of(message.club)):
        Message.objects.filter(pk=message.pk).update(asked_by=other)
        assert url(message, "hold_off") not in client.get(page(message)).content.decode()
        assert client.post(url(message, "hold_off")).status_code == 403
    assert Message.objects.get().status == "queued"


def test_whoever_may_send_no_more_may_not_stop_either(client, desk, message):
    desk.user_permissions.remove(Permission.objects.get(codename="add_message"))
    assert client.post(url(message, "hold_off")).status_code == 403
