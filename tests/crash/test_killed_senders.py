"""A sender killed at any moment: nobody gets two, and everyone got hers or is listed as unknown."""

import itertools
import random
import time
from collections import Counter
from collections.abc import Iterable

import pytest

from messaging.models import Message
from tests.crash.accounts import (
    EVERY_CHANNEL,
    IN_HAND,
    Status,
    balance,
    bury,
    follow_up,
    messages_in,
    sweep_later,
)
from tests.crash.conftest import THREADS
from tests.crash.processes import Process, Processes, Provider

SERVICES = {"sns": "attributes", "end_user_messaging": "request"}
"""What texts go through, and what of the ledger's lines is theirs alone."""


class Rounds:
    """One sender works, the next stands by; in each round the first is killed and the next takes over, whose texts go through
    the next of the `services`.
    """

    def __init__(
        self, processes: Processes, provider: Provider, rng: random.Random, services: Iterable[str] = ("sns",)
    ) -> None:
        self.processes, self.provider, self.rng = processes, provider, rng
        self.services = itertools.cycle(services)
        self.sender = self._stand_by()
        self.sender.go()
        self.next = self._stand_by()

    def play(self, members: int, channels: tuple[str, ...] = ("sms", "email")) -> int:
        """How many messages were being sent when the kill struck."""
        before = self.provider.taken
        club = follow_up(members, channels=channels)
        messages = len(channels) * members
        # What members find on their own page goes by no provider.
        elsewhere = messages - members * channels.count("in_app")
        strike_at = before + self.rng.randrange(elsewhere - 2 * THREADS)
        self.processes.until(lambda: self.provider.taken >= strike_at, "so many were sent")
        time.sleep(self.rng.uniform(0, 0.02))
        self.sender.kill()
        bury(self.processes, self.sender)
        dead = set(Message.objects.filter(status__in=IN_HAND).values_list("claim", flat=True))
        # What stays in the house is simply done again.
        struck = Message.objects.filter(status=Status.SENDING).exclude(channel="in_app").count()

        self.sender, self.next = self.next, self._stand_by()
        self.sender.go()
        still_alive = Message.objects.filter(status__in=IN_HAND).exclude(claim__in=dead)
        self.processes.until(
            lambda: not messages_in(Status.QUEUED) and not still_alive.exists(), "only the dead hold messages"
        )
        assert sweep_later()["unknown"] == struck
        self.processes.until(lambda: not messages_in(Status.QUEUED, *IN_HAND), "nothing is left")
        counts = balance(club, self.provider.accepted[before:], messages=messages, unknown_at_most=THREADS)
        assert counts[Status.UNKNOWN] == struck
        return struck

    def _stand_by(self) -> Process:
        return self.processes.worker("deliver", SMS_SERVICE=next(self.services))


@pytest.mark.postgresql
def test_twenty_kills_while_500_messages_go_out_send_nobody_two_and_lose_none(
    processes: Processes, provider: Provider, rng: random.Random
) -> None:
    rounds = Rounds(processes, provider, rng)
    struck = [rounds.play(members=250) for _ in range(20)]
    print("being sent at each kill:", struck)
    assert sum(number > 0 for number in struck) >= 5, "the kills must strike in the middle of sending"


@pytest.mark.postgresql
def test_eight_kills_while_every_channel_goes_out_send_nobody_two_and_lose_none(
    processes: Processes, provider: Provider, rng: random.Random
) -> None:
    rounds = Rounds(processes, provider, rng, services=SERVICES)
    struck = [rounds.play(members=40, channels=EVERY_CHANNEL) for _ in range(8)]
    print("being sent at each kill:", struck)
    assert sum(number > 0 for number in struck) >= 2, "the kills must strike in the middle of sending"
    lines = provider.accepted
    assert {line["channel"] for line in lines} == {*EVERY_CHANNEL} - {"in_app"}
    texts = Counter(service for line in lines for service, its_own in SERVICES.items() if its_own in line)
    assert min(texts[service] for service in SERVICES) > 40, texts


@pytest.mark.sqlite
def test_three_kills_of_the_one_worker_on_sqlite_send_nobody_two_and_lose_none(
    processes: Processes, provider: Provider, rng: random.Random
) -> None:
    rounds = Rounds(processes, provider, rng)
    struck = [rounds.play(members=40, channels=EVERY_CHANNEL) for _ in range(3)]
    assert sum(struck), "the kills must strike in the middle of sending"
