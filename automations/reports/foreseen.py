"""Whom the workflows' own checks would follow up by tomorrow, as things stand, by a message that leaves on that day.

Asked by the engine's own question, as of the instant of each check that is still to come. Only of a first step: what
follows it, or another first step, is planned once that was taken.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    OuterRef,
    QuerySet,
    Value,
    When,
    prefetch_related_objects,
)
from django.utils.translation import gettext as _

from automations.actions.send_message import SendMessage
from automations.engine.advancement import steps_that_reached
from automations.engine.classification import Question
from automations.engine.daily import checks_to_come
from automations.engine.fuse import weight_of
from automations.engine.in_person import IN_PERSON, come_anyway
from automations.models import Decision, Enrollment, Reason, Step, Workflow, WorkflowRun
from automations.models.workflow_runs import WAITS_FOR_A_PERSON
from automations.reports.club_days import ClubDay
from automations.reports.due import questions_at
from automations.reports.log import decision_in_words
from automations.reports.planned_messages import Planned, rows_before_steps
from automations.timing import due_after
from members.models import Member
from members.models.compiled import Among
from messaging.gates import open_from

K = TypeVar("K")


@dataclass(frozen=True)
class Seen:
    """What a check was seen to find; the members at most as many as a page can tell."""

    members: frozenset[int]
    is_too_much: bool


@dataclass(frozen=True, eq=False)
class Check:
    """One check of one workflow; `before` it come those that find theirs earlier."""

    question: Question
    before: tuple["Check", ...]
    first: Step
    due_at: Mapping[str, dt.datetime]
    """When the first step of whoever it finds is due, by their time zone; of those whose message leaves on the day."""
    is_held: bool
    """Whether a run of the workflow waits for a person, so that nobody is followed up."""
    seen: Seen | None = None
    """Who alone is asked about, where somebody looked before."""

    @cached_property
    def due(self) -> QuerySet[Any]:
        """Whom it finds, and no check before it."""
        found = self.question.due()
        for check in self.before:
            found = found.exclude(pk__in=check.question.due().values("pk"))
        return found

    @property
    def leaving(self) -> QuerySet[Any]:
        """Those of them whose message leaves on the day, each with when it is due."""
        question = self.question
        found = self.due.filter(time_zone__in=self.due_at)
        if self.seen:
            found = found.filter(Among("pk", self.seen.members))
        if question.trigger.several:
            # What is known ahead is acted upon when it is so, not at the check.
            found = found.filter(fact__lte=question.now)
        if question.trigger.goes_on(question.params):
            had = steps_that_reached().filter(step=self.first, enrollment__member=OuterRef("pk"))
            found = found.filter(~Exists(had))
        at = (When(time_zone=zone, then=Value(at, DateTimeField())) for zone, at in self.due_at.items())
        leaving: QuerySet[Any] = found.annotate(due_at=Case(*at, output_field=DateTimeField()))
        return leaving

    @cached_property
    def is_too_much(self) -> bool:
        """Whether it finds so many, with those whom a check before it finds, that a person is asked first."""
        return weight_of(self.question).is_too_much

    @property
    def waits(self) -> str:
        """Why a person is asked before anybody is followed up, in a few words; empty if nobody need be."""
        if self.is_held:
            return _("A run of the workflow waits for a person")
        if self.seen.is_too_much if self.seen else self.is_too_much:
            return _("So many at once that a person is asked first")
        return ""


def checks_for(day: ClubDay, now: dt.datetime, workflow: Workflow | None = None) -> list[Check]:
    """The checks still to come some of whose messages leave on that day; as many queries for one workflow as for many."""
    on = Workflow.objects.filter(club=day.club, is_enabled=True, paused_at=None)
    workflows = list((on.filter(pk=workflow.pk) if workflow else on).prefetch_related("steps"))
    prefetch_related_objects([day.club], "closures")
    for each in workflows:
        each.club = day.club
    first = {
        each: steps[0]
        for each in workflows
        if (steps := each.steps.all()) and steps[0].action == SendMessage.kind
    }
    held = set(
        WorkflowRun.objects.filter(WAITS_FOR_A_PERSON, workflow__in=first).values_list("workflow", flat=True)
    )
    checks: dict[Workflow, tuple[Check, ...]] = {}
    for question in questions_at(checks_to_come(day.club, list(first), now, until=day.ends)):
        each = question.workflow
        due_at = {
            key: at
            for key, window in day.windows.items()
            if window.first <= (at := due_after(first[each], question.now, window.zone)) < window.last
        }
        before = checks.get(each, ())
        checks[each] = (*before, Check(question, before, first[each], due_at, each.pk in held))
    return [check for those in checks.values() for check in those if check.due_at]


@dataclass(frozen=True)
class Found:
    """One member whom a check would find, and for what."""

    check: Check
    member_id: int
    due_at: dt.datetime
    occurrence: str
    fact_at: dt.datetime | None


def rows_of_found(found: Mapping[K, Found], day: ClubDay, now: dt.datetime) -> dict[K, Planned]:
    """By the same keys, what each of them would get and on what that depends."""
    members = Member.objects.prefetch_related("trainer").in_bulk({each.member_id for each in found.values()})
    standing: dict[K, Enrollment] = {}
    leaving_at: dict[dt.datetime, list[Enrollment]] = defaultdict(list)
    for key, each in found.items():
        if member := members.get(each.member_id):
            member.club = day.club
            standing[key] = enrollment = _as_if_enrolled(each, member, -1 - len(standing))
            leaving_at[open_from(member, each.due_at)].append(enrollment)
    in_person: dict[int, str] = {}
    for at, batch in leaving_at.items():
        in_person |= dict.fromkeys(come_anyway(batch, at), IN_PERSON)
    planned = rows_before_steps(list(standing.values()), now, as_of=day.noon, ending=in_person, copies={})
    return {
        key: _as_foreseen(planned[enrollment.pk], found[key], day) for key, enrollment in standing.items()
    }


def _as_if_enrolled(found: Found, member: Member, key: int) -> Enrollment:
    """Not saved; no enrollment has such a key."""
    first, question = found.check.first, found.check.question
    return Enrollment(
        pk=key,
        workflow=question.workflow,
        member=member,
        occurrence=found.occurrence,
        enrolled_at=question.now,
        due_at=found.due_at,
        step=first,
        position=first.position,
    )


def _as_foreseen(row: Planned, found: Found, day: ClubDay) -> Planned:
    question, member = found.check.question, row.member
    decision = Decision(member=member, reason=Reason.DUE, channel=question.channel, fact_at=found.fact_at)
    words = {"unless": question.trigger.unless(member)}
    if found.check.waits and not row.is_skipped:
        row = replace(row, keeps=found.check.waits, waits_for="")
    return replace(
        row,
        why=decision_in_words(question, decision),
        only=(
            _("Foreseen from tomorrow's check, %(unless)s.")
            if question.now >= day.begins
            else _("Foreseen from today's check, %(unless)s.")
        )
        % words,
    )
