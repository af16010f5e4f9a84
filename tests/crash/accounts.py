"""Clubs whose members are due, and the account that must balance once everything is over."""

import datetime as dt
from collections import Counter
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.models import Decision, Enrollment, StepRun, Workflow, WorkflowRun
from members.models import Club, Member
from messaging.models import ConsentRecord, Message
from messaging.operations.outbox import IN_HAND_AT_MOST, sweep_messages
from messaging.rules.inbox import messages_of
from tests.crash.processes import Process, Processes
from tests.factories import (
    ClubFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
)

Status = Message.Status
IN_HAND = [Status.CLAIMED, Status.SENDING]
WORDS: dict[str, dict[str, Any]] = {
    "sms": {},
    "email": {"as_email": True},
    "whatsapp": {"channel": "whatsapp", "whatsapp_template": "we_missed_you"},
    "in_app": {"channel": "in_app", "title": "We missed you"},
}
EVERY_CHANNEL = tuple(WORDS)
A_WHILE = IN_HAND_AT_MOST + dt.timedelta(minutes=1)


def club_with_members_due(
    number: int, *, channels: tuple[str, ...] = ("sms", "email"), others: int = 0
) -> Workflow:
    """A club where it is about noon, and so many who stayed away for ten days (`others` came yesterday)."""
    now = timezone.now()
    # The sign of these zones is turned round: Etc/GMT-3 is three hours ahead of UTC.
    club = ClubFactory(
        time_zone=f"Etc/GMT{now.hour - 12:+d}" if now.hour != 12 else "UTC",
        # None of them waits for the others.
        cap_messages=max(len(channels), 3),
    )
    workflow: Workflow = WorkflowFactory(club=club, fuse_first=1_000_000)
    for position, channel in enumerate(channels, start=1):
        template = MessageTemplateFactory(club=club, **WORDS[channel])
        StepFactory(workflow=workflow, position=position, action_params={"template": template.slug})
    Member.objects.bulk_create(
        MemberFactory.build_batch(number, club=club, last_attended_at=now - dt.timedelta(days=10))
        + MemberFactory.build_batch(others, club=club, last_attended_at=now - dt.timedelta(days=1))
    )
    if "whatsapp" in channels:
        ConsentRecord.objects.bulk_create(
            ConsentRecordFactory.build(member=member, channel="whatsapp", is_granted=True)
            for member in Member.objects.filter(club=club)
        )
    return workflow


@transaction.atomic
def follow_up(number: int, *, channels: tuple[str, ...] = ("sms", "email")) -> Club:
    """Such a club, with its messages in the outbox, those of one member side by side; nobody sees them earlier."""
    workflow = club_with_members_due(number, channels=channels)
    now = timezone.now()
    evaluate_due_workflows(now=now)
    advance(now=now)
    mixed = list(Message.objects.filter(club=workflow.club).order_by("-member", "pk"))
    for place, message in enumerate(mixed):
        message.due_at -= dt.timedelta(milliseconds=place)
    Message.objects.bulk_update(mixed, ["due_at"])
    return workflow.club


def messages_in(*statuses: str) -> int:
    return Message.objects.filter(status__in=statuses).count()


def sweep_later() -> dict[str, int]:
    """What the sweeper does once the dead have been silent long enough."""
    return sweep_messages(now=timezone.now() + A_WHILE)


def bury(processes: Processes, dead: Process) -> None:
    """Wait until PostgreSQL has finished the last statement of a killed process and dropped its connection."""

    def connected() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE application_name = %s", [dead.name])
            return cursor.fetchone() is not None

    if connection.vendor == "postgresql":
        processes.until(lambda: not connected(), f"PostgreSQL has noticed that {dead.name} is dead")


def balance(
    club: Club, ledger: list[dict[str, Any]], *, messages: int, unknown_at_most: int = 0
) -> Counter[str]:
    """Nobody got two; everyone got hers or is listed as unknown; database and provider agree. Counts by status."""
    rows = list(Message.objects.filter(club=club))
    assert len(rows) == messages
    mine = {(row.channel, row.address): row for row in rows}
    assert len(mine) == messages, "each member has one message per channel"
    taken = [line for line in ledger if (line["channel"], line["address"]) in mine] + in_the_inboxes(club)

    twice = [key for key, times in Counter((t["channel"], t["address"]) for t in taken).items() if times > 1]
    assert not twice, f"{len(twice)} got more than one"

    by_id = {line["provider_id"]: (line["channel"], line["address"]) for line in taken}
    sent = {key: row for key, row in mine.items() if row.status == Status.SENT}
    unknown = {key for key, row in mine.items() if row.status == Status.UNKNOWN}
    assert {row.provider_id: key for key, row in sent.items()}.items() <= by_id.items(), (
        "a provider's id differs"
    )
    assert sent.keys() | unknown == mine.keys(), Counter(row.status for row in rows)
    assert len(unknown) <= unknown_at_most, f"{len(unknown)} unknown"
    return Counter(row.status for row in rows)


def in_the_inboxes(club: Club) -> list[dict[str, Any]]:
    """The in-app messages on the members' own pages, as lines of a ledger: nobody else takes them."""
    return [
        {"channel": message.channel, "address": message.address, "provider_id": message.provider_id}
        for member in club.members.all()
        for message in messages_of(member).filter(channel="in_app")
    ]


def everyone_is_accounted_for_once(workflow: Workflow, *, due: int, others: int = 0, steps: int = 2) -> None:
    """One finished run with one standing decision a member; one enrollment, and one run of each step, for those due."""
    run = WorkflowRun.objects.get(workflow=workflow, kind=WorkflowRun.Kind.DAILY)
    assert run.finished_at
    expected = {"due": due, "attended_recently": others} if others else {"due": due}
    assert run.counts == expected
    decisions = Decision.objects.filter(workflow=workflow).order_by()
    assert dict(decisions.values_list("reason").annotate(Count("member", distinct=True))) == expected
    assert decisions.count() == due + others
    enrolled = Enrollment.objects.filter(workflow=workflow)
    assert enrolled.count() == enrolled.values("member").distinct().count() == due
    assert set(enrolled.values_list("status", flat=True)) == {Enrollment.Status.DONE}
    assert StepRun.objects.filter(enrollment__workflow=workflow).count() == due * steps
    assert StepRun.objects.exclude(outcome=StepRun.Outcome.DONE).count() == 0
