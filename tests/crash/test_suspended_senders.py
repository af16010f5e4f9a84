"""A sender that was only asleep, or a sweeper that came too early: what was taken back is not sent by both."""

import random
import signal
import time

import pytest
from django.utils import timezone

from messaging.operations.claims import claim
from messaging.operations.delivery import prepare
from tests.crash.accounts import IN_HAND, Status, balance, follow_up, messages_in, sweep_later
from tests.crash.processes import Processes, Provider
from tests.on_the_way import mark_as_sending


@pytest.mark.postgresql
def test_a_sender_that_slept_while_it_was_swept_goes_on_without_sending_anything_twice(
    processes: Processes, provider: Provider, rng: random.Random
) -> None:
    sender = processes.worker("deliver")
    sender.go()
    requeued = 0
    for _ in range(5):
        before = provider.taken
        club = follow_up(40)
        strike_at = before + rng.randrange(60)
        processes.until(lambda goal=strike_at: provider.taken >= goal, "so many were sent")
        sender.popen.send_signal(signal.SIGSTOP)
        requeued += sweep_later()["requeued"]
        sender.popen.send_signal(signal.SIGCONT)
        processes.until(lambda: not messages_in(Status.QUEUED, *IN_HAND), "nothing is left")
        # What was swept to `unknown` is settled by the sender itself once it is awake.
        processes.until(lambda: not messages_in(Status.UNKNOWN), "the sender has recorded what it heard")
        balance(club, provider.accepted[before:], messages=80)
    assert requeued, "it must have been asleep with messages in hand"


@pytest.mark.postgresql
def test_a_sweeper_whose_clock_is_ahead_makes_two_living_senders_send_nothing_twice(
    processes: Processes, provider: Provider, rng: random.Random
) -> None:
    for sender in (processes.worker("deliver"), processes.worker("deliver")):
        sender.go()
    club = follow_up(150)
    requeued = 0
    began = time.monotonic()

    def sweep_too_early() -> bool:
        nonlocal requeued
        # Ever more seldom, so that senders on a busy machine get something out in between.
        time.sleep(rng.uniform(0.02, 0.2) * (1 + (time.monotonic() - began) / 5))
        requeued += sweep_later()["requeued"]
        return not messages_in(Status.QUEUED, *IN_HAND)

    processes.until(sweep_too_early, "nothing is left")
    processes.until(lambda: not messages_in(Status.UNKNOWN), "the senders have recorded what they heard")
    balance(club, provider.accepted, messages=300)
    assert requeued > 100


@pytest.mark.django_db
def test_what_a_sender_claims_again_after_it_was_swept_is_marked_under_its_latest_claim_alone() -> None:
    follow_up(2, channels=("sms",))
    now = timezone.now()
    stale = prepare(claim(now), now).ready
    sweep_later()
    fresh = prepare(claim(now), now).ready
    assert [message for message, _ in stale] == [message for message, _ in fresh]
    assert mark_as_sending([*stale, fresh[0]]) == [fresh[0]]
    assert mark_as_sending([stale[0], fresh[1]]) == [fresh[1]]
