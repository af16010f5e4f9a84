"""The log: for each run, what was decided about each member, why, and what became of it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max, Q, QuerySet

from automations.actions.send_message import SendMessage
from automations.blocks import UnknownBlock
from automations.engine.classification import Question
from automations.engine.fitting import whys_unfit
from automations.engine.missed import whys_missed
from automations.models import Decision, Enrollment, Reason, StepRun, WorkflowRun
from automations.rules.reasons import message_reason, reason_text
from members.models import Club, Member
from messaging.models import Message
from messaging.operations.families import who_got_it

CHUNK = 2_000


@dataclass(frozen=True)
class LogRow:
    """One member in one run. Instants are ISO 8601 in UTC; empty where there is nothing to say."""

    run_at: str
    workflow: str
    member_id: str
    first_name: str
    channel: str
    decision: str
    reason: str
    reason_text: str
    to: str
    body: str
    status: str
    sent_at: str
    days: int | None
    """Days away, where the workflow counts from the last visit; for tables, not exported."""

    @classmethod
    def field_names(cls) -> list[str]:
        return [field.name for field in fields(cls) if field.name != "days"]

    def as_dict(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.field_names()}


def log_rows(club: Club, *, since: dt.datetime | None = None) -> Iterator[LogRow]:
    """Every run of the club's workflows as of `since` or later; each whole run has each member once, by member.

    Runs stand as they were started, newest last: nothing else tells two apart that are as of the same instant.
    """
    runs = WorkflowRun.objects.filter(workflow__club=club).select_related("workflow__club").order_by("pk")
    if since:
        runs = runs.filter(as_of__gte=since)
    for run in runs.iterator():
        yield from run_rows(run)


def run_rows(run: WorkflowRun) -> Iterator[LogRow]:
    """What the run decided about each member, by member; of a single member's check only what it changed.

    Decisions are stored when they change; those that stood at the run are its answer too.
    """
    if run.kind == WorkflowRun.Kind.IMMEDIATE:
        decisions = Decision.objects.filter(from_run=run)
    else:
        decisions = Decision.objects.filter(
            Q(until_run=None) | Q(until_run__gt=run.pk), workflow=run.workflow_id
        )
        decisions = decisions.filter(from_run__lte=run.pk)
        if run.finished_at is None:
            decisions = decisions.filter(member__lte=run.reached_id)
    question = Question.of(run)
    reached = 0
    while chunk := list(
        decisions.filter(member__gt=reached).select_related("member").order_by("member")[:CHUNK]
    ):
        reached = chunk[-1].member_id
        yield from _chunk_rows(run, question, chunk)


def planned_rows(question: Question) -> Iterator[LogRow]:
    """What a run would decide now, nothing written: for a dry run."""
    reached = 0
    while members := list(question.members().filter(pk__gt=reached).order_by("pk")[:CHUNK]):
        reached = members[-1].pk
        yield from planned_for(question, members)


def planned_for(question: Question, members: Sequence[Any]) -> Iterator[LogRow]:
    """The same for these of the question's own members, one row each."""
    channels = question.channels_for({member.pk for member in members if member.decided == Reason.DUE})
    chunk = [
        Decision(
            member=member,
            reason=member.decided,
            channel=channels.get(member.pk, question.channel),
            fact_at=member.fact,
        )
        for member in members
    ]
    followed_up = _followed_up(chunk, Enrollment.objects.filter(workflow=question.workflow.pk))
    becauses = _becauses(question, chunk)
    for decision in chunk:
        pk = decision.member_id
        yield _row(question, decision, None, followed_up.get(pk), becauses.get(pk, ""))


def _chunk_rows(run: WorkflowRun, question: Question, chunk: list[Decision]) -> Iterator[LogRow]:
    due = [decision.member_id for decision in chunk if decision.reason == Reason.DUE]
    told = Q(message__isnull=False) | Q(action=SendMessage.kind, detail__gt="")
    step_runs = StepRun.objects.filter(told, enrollment__run=run, enrollment__member__in=due)
    # The first message, or what was done instead, counts: the dictionary keeps the last one written.
    steps = {
        step_run.enrollment.member_id: step_run
        for step_run in step_runs.select_related("message", "enrollment").order_by("-position", "-pk")
    }
    got_it = who_got_it([step.message for step in steps.values() if step.message])
    followed_up = _followed_up(chunk, Enrollment.objects.filter(workflow=run.workflow_id, run__lte=run.pk))
    becauses = _becauses(question, chunk)
    for decision in chunk:
        pk = decision.member_id
        step = steps.get(pk)
        got = got_it.get(step.message_id) if step and step.message_id else None
        yield _row(question, decision, step, followed_up.get(pk), becauses.get(pk, ""), got)


def _followed_up(chunk: list[Decision], enrollments: QuerySet[Enrollment]) -> dict[int, dt.datetime]:
    """When those who are cooling down were last followed up, by member."""
    cooling = [decision.member_id for decision in chunk if decision.reason == Reason.COOLDOWN]
    latest = enrollments.filter(member__in=cooling).order_by().values_list("member")
    return dict(latest.annotate(latest=Max("enrolled_at")))


def _becauses(question: Question, chunk: Sequence[Decision]) -> dict[int, str]:
    """By member which condition those fail who do not fit, and how it came to be too late for others."""
    unfit = [decision.member_id for decision in chunk if decision.reason == Reason.UNFIT]
    missed = {
        decision.member_id: decision.fact_at
        for decision in chunk
        if decision.reason == Reason.MISSED and decision.fact_at
    }
    try:
        return (whys_unfit(question, unfit) if unfit else {}) | whys_missed(question, missed)
    except (UnknownBlock, ValidationError):
        return {}


def because_of(question: Question, decision: Decision) -> str:
    """What only a closer look tells: the condition that fails, or how it came to be too late; empty for other reasons."""
    return _becauses(question, [decision]).get(decision.member_id, "")


def _row(
    question: Question,
    decision: Decision,
    step_run: StepRun | None,
    followed_up_at: dt.datetime | None,
    because: str,
    got_it: Member | None = None,
) -> LogRow:
    member: Member = decision.member
    message = step_run.message if step_run else None
    text = decision_in_words(question, decision, followed_up_at, because)
    if step_run and step_run.detail:
        text = f"{text} {step_run.detail}"
    if message and message.status == Message.Status.SKIPPED:
        whom = f" ({got_it})" if got_it else ""
        text = f"{text} Not sent: {message_reason(message.reason)}{whom}."
    counted = decision.fact_at if question.trigger.is_absence else None
    days = question.clock.days_away(question.clock.day_of(counted)) if counted else None
    return LogRow(
        run_at=_iso(question.now),
        workflow=question.workflow.slug,
        member_id=member.external_id,
        first_name=member.first_name,
        channel=message.channel if message else "" if step_run else decision.channel,
        decision="messaged" if decision.reason == Reason.DUE else "skipped",
        reason=decision.reason,
        reason_text=text,
        to=message.address if message else "",
        body=message.text_body if message else "",
        status=message.status if message else "",
        sent_at=_iso(message.sent_at) if message and message.sent_at else "",
        days=days,
    )


def decision_in_words(
    question: Question, decision: Decision, followed_up_at: dt.datetime | None = None, because: str = ""
) -> str:
    """One sentence: the reason with the values that it rested on; `because` as `because_of` says it."""
    try:
        return reason_text(
            decision.reason,
            trigger=question.trigger,
            params=question.params,
            clock=question.clock,
            fact_at=decision.fact_at,
            channel=decision.channel,
            category=question.category,
            instead=question.instead,
            cooldown_days=question.cooldown_days,
            followed_up_at=followed_up_at,
            some_left_out=question.control_percent > 0,
            because=because,
        )
    except (UnknownBlock, ValidationError):
        # What an old run asked may be gone from the code; the reason itself stays.
        return decision.get_reason_display()


def _iso(instant: dt.datetime) -> str:
    return instant.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
