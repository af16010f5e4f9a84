"""Several senders at once and limits between them: never one message too many, and none lost."""

import datetime as dt

import pytest
from django.db.models import Count
from django.utils import timezone

from members.models import Club, Member
from messaging.models import Message
from tests.crash.accounts import IN_HAND, Status, follow_up, messages_in
from tests.crash.processes import Processes, Provider

MEMBERS, EACH, SENDERS = 60, 4, 3


def four_for_each(**limits: int) -> Club:
    """A club where it is about noon, and as many messages for each member as there are senders and one more."""
    club = follow_up(MEMBERS, channels=("sms",) * EACH)
    Club.objects.filter(pk=club.pk).update(**limits)
    assert messages_in(Status.QUEUED) == MEMBERS * EACH
    return club


def senders_at_once(processes: Processes, number: int = SENDERS) -> None:
    senders = [processes.worker("deliver", "--until-idle") for _ in range(number)]
    processes.until(lambda: all(process.is_ready for process in senders), "all stand by")
    for process in senders:
        process.go()
    processes.finish(*senders)


@pytest.mark.postgresql
def test_three_senders_with_messages_to_the_same_members_keep_the_limit_per_member(
    processes: Processes, provider: Provider
) -> None:
    four_for_each(cap_messages=2, cap_days=7)
    senders_at_once(processes)
    # Who met another's in hand waits a minute; later there is nobody else.
    Message.objects.filter(status=Status.QUEUED, due_at__lt=timezone.now() + dt.timedelta(hours=1)).update(
        due_at=timezone.now()
    )
    senders_at_once(processes)

    had = Member.objects.filter(messages__status=Status.SENT).annotate(n=Count("messages"))
    assert set(had.values_list("n", flat=True)) == {2}
    assert had.count() == MEMBERS
    assert len(provider.accepted) == MEMBERS * 2
    assert messages_in(Status.QUEUED) == MEMBERS * (EACH - 2)
    assert not messages_in(*IN_HAND)
    assert Message.objects.filter(status=Status.SENT).values("claim").distinct().count() > 1


@pytest.mark.postgresql
def test_three_senders_at_once_never_exceed_the_ceiling(processes: Processes, provider: Provider) -> None:
    four_for_each(hourly_ceiling=100, cap_messages=100)
    senders_at_once(processes)
    assert len(provider.accepted) <= 100
    # Who met what others had in hand asks again within a minute; here there is nobody else by then.
    Message.objects.filter(status=Status.QUEUED).update(due_at=timezone.now())
    senders_at_once(processes, 1)
    assert len(provider.accepted) == 100
    assert messages_in(Status.SENT) == 100
    assert messages_in(Status.QUEUED) == MEMBERS * EACH - 100
    assert set(Message.objects.filter(status=Status.QUEUED).values_list("reason", flat=True)) == {
        "hourly_ceiling"
    }
