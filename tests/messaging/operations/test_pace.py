"""One rate per account, shared by all who send."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from messaging.operations import pace
from messaging.operations.pace import delay_account, rate_of, reserve, wait_until
from tests.factories import NOW

pytestmark = pytest.mark.django_db
TENTH = dt.timedelta(seconds=0.1)


@pytest.fixture(autouse=True)
def ten_a_second(settings: Any) -> None:
    settings.SMS_PER_SECOND = 10.0
    settings.EMAILS_PER_SECOND = 2.0


@time_machine.travel(NOW, tick=False)
def test_two_who_reserve_never_get_the_same_instant() -> None:
    first, second = reserve("sms", 3), reserve("sms", 2)
    assert first + second == [NOW + TENTH * n for n in range(5)]


@time_machine.travel(NOW, tick=False)
def test_each_channel_has_its_own_account() -> None:
    assert (rate_of("sms"), rate_of("email")) == (10.0, 2.0)
    reserve("sms", 30)
    assert reserve("email", 2) == [NOW, NOW + dt.timedelta(seconds=0.5)]


def test_an_idle_account_saves_nothing_up() -> None:
    with time_machine.travel(NOW, tick=False):
        reserve("sms", 5)
    later = NOW + dt.timedelta(hours=1)
    with time_machine.travel(later, tick=False):
        assert reserve("sms", 2) == [later, later + TENTH]


@time_machine.travel(NOW, tick=False)
def test_a_throttled_account_rests_for_everybody() -> None:
    reserve("sms", 1)
    delay_account("sms", 1.0)
    assert reserve("sms", 1) == [NOW + dt.timedelta(seconds=1)]


@time_machine.travel(NOW, tick=False)
def test_a_rest_never_brings_the_next_instant_forward() -> None:
    reserve("sms", 50)
    delay_account("sms", 1.0)
    assert reserve("sms", 1) == [NOW + dt.timedelta(seconds=5)]


@time_machine.travel(NOW, tick=False)
def test_it_waits_for_the_instant_and_not_for_one_that_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(pace.time, "sleep", slept.append)
    wait_until(NOW + dt.timedelta(seconds=2))
    wait_until(NOW)
    wait_until(NOW - dt.timedelta(seconds=2))
    assert slept == [2.0]
