"""The club's kill switch."""

import datetime as dt

import pytest

from messaging.gates.base import Wait
from messaging.gates.kill_switch import KillSwitchGate
from tests.factories import NOW, MessageFactory

pytestmark = pytest.mark.django_db


def test_it_holds_the_messages_of_a_paused_club_and_no_others() -> None:
    held, free = MessageFactory(member__club__sending_paused=True), MessageFactory()
    verdicts = KillSwitchGate().verdicts([held, free], NOW)
    assert verdicts == {held.pk: Wait(NOW + dt.timedelta(minutes=5), "sending_paused")}
