"""The kill switch of a club, and the one for all."""

import datetime as dt

import pytest

from messaging.gates.base import Wait
from messaging.gates.kill_switch import KillSwitchGate
from messaging.models import SendingSwitch
from tests.factories import NOW, MessageFactory

pytestmark = pytest.mark.django_db


def test_it_holds_the_messages_of_a_paused_club_and_no_others() -> None:
    held, free = MessageFactory(member__club__sending_paused=True), MessageFactory()
    verdicts = KillSwitchGate().verdicts([held, free], NOW)
    assert verdicts == {held.pk: Wait(NOW + dt.timedelta(minutes=5), "sending_paused")}


def test_the_switch_for_all_clubs_holds_every_message_and_says_that_it_is_for_all() -> None:
    SendingSwitch.objects.create(is_paused=True)
    messages = [MessageFactory(member__club__sending_paused=True), MessageFactory()]
    wait = Wait(NOW + dt.timedelta(minutes=5), "all_paused")
    assert KillSwitchGate().verdicts(messages, NOW) == {message.pk: wait for message in messages}
    SendingSwitch.objects.update(is_paused=False)
    assert KillSwitchGate().verdicts(messages[1:], NOW) == {}


def test_there_is_one_switch_only() -> None:
    SendingSwitch.objects.create(is_paused=True)
    SendingSwitch(is_paused=False).save()
    assert SendingSwitch.objects.get().is_paused is False
