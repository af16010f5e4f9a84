"""A provider that takes a message and then fails: nobody can know, so it is `unknown` and never sent again."""

import datetime as dt

import pytest
from django.utils import timezone

from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.crash.accounts import IN_HAND, Status, balance, follow_up, messages_in, sweep_later
from tests.crash.processes import Processes, Provider

MEMBERS = 30


def everything_is_settled() -> bool:
    return not messages_in(Status.QUEUED, *IN_HAND)


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("accept_then_500", "InternalFailure"),
        ("accept_then_drop", "ConnectionClosedError"),
        ("hang", "ReadTimeoutError"),
    ],
)
def test_what_was_taken_before_the_provider_failed_is_unknown_and_never_sent_again(
    processes: Processes, provider: Provider, fault: str, said: str
) -> None:
    provider.behave(latency=0.005, **{fault: 0.15})
    club = follow_up(MEMBERS)
    sender = processes.worker("deliver", AWS_READ_TIMEOUT="1")
    sender.go()
    processes.until(everything_is_settled, "everything is settled")

    assert sweep_later() == {"requeued": 0, "unknown": 0}
    assert deliver(clock=lambda: timezone.now() + dt.timedelta(days=2)) == {}
    counts = balance(club, provider.accepted, messages=2 * MEMBERS, unknown_at_most=2 * MEMBERS)
    assert counts[Status.UNKNOWN], "some calls must have failed"
    assert provider.taken == provider.counts["requests"] == 2 * MEMBERS
    assert all(
        said in error for error in Message.objects.filter(status="unknown").values_list("error", flat=True)
    )


def test_what_never_reached_the_provider_is_not_given_up_as_sent(
    processes: Processes, provider: Provider
) -> None:
    provider.behave(latency=0.005, drop_before=0.15)
    club = follow_up(MEMBERS)
    processes.worker("deliver").go()
    processes.until(everything_is_settled, "everything is settled")
    counts = balance(club, provider.accepted, messages=2 * MEMBERS, unknown_at_most=2 * MEMBERS)
    assert provider.taken == counts[Status.SENT] == 2 * MEMBERS - counts[Status.UNKNOWN] < 2 * MEMBERS


@pytest.mark.postgresql
def test_what_was_throttled_goes_out_exactly_once_in_the_end_whatever_four_senders_hear(
    processes: Processes, provider: Provider
) -> None:
    provider.behave(latency=0.005, throttle=0.4)
    club = follow_up(4 * MEMBERS)
    for _ in range(4):
        # Their clock runs ahead, so that back-off passes quickly; the account's own pauses keep to the real one.
        processes.worker("deliver", "--speed", "600").go()
    processes.until(lambda: throttled(provider) >= 60 or everything_is_settled(), "enough were throttled")
    provider.behave(latency=0.005)
    processes.until(everything_is_settled, "everything is settled")
    assert throttled(provider) > 20
    assert balance(club, provider.accepted, messages=8 * MEMBERS) == {Status.SENT: 8 * MEMBERS}


def throttled(provider: Provider) -> int:
    counts = provider.counts
    return counts["requests"] - counts["accepted"]
