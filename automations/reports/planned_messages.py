"""One planned message at a time: its words as they would be, its reason, and what would keep it from leaving."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from automations.actions import ACTIONS
from automations.actions.drafts import Draft, TemplateGone, drafts_for
from automations.actions.send_message import SENT_BY_HAND, SendMessage
from automations.blocks import UnknownBlock
from automations.engine.classification import Question
from automations.engine.goals import GOAL, goals_reached
from automations.engine.in_person import IN_PERSON, come_anyway
from automations.engine.recheck import CANNOT_TELL, end_reasons
from automations.models import Decision, Enrollment, PlannedCopy, Reason, Step, StepRun, Workflow
from automations.reports.log import decision_in_words
from automations.rules.reasons import message_reason
from members.models import Member
from messaging.gates import Skip, Verdict, Wait, ask, holding, open_from
from messaging.models import Hold, Message, MessageTemplate
from messaging.operations.wording import Unfilled, envelope_of

logger = logging.getLogger(__name__)

PASSING = ("quiet_hours", "enough_lately", "hourly_ceiling", "held")
"""Waits that may be over by the time the message is due; a hold is shown as one."""


@dataclass(frozen=True)
class Planned:
    """One message of tomorrow. It has a `message` once it is in the outbox; before, the step that will write it."""

    at: dt.datetime
    member: Member
    template: MessageTemplate | None
    channel: str
    workflow: Workflow | None
    origin: str
    position: int
    """Of the workflow's step; 0 where none asked for it."""
    why: str
    """Why this member, as the workflow decided; empty where a person asked for it."""
    subject: str
    text: str
    keeps: str
    """What would keep it from leaving as things stand, in a few words; empty if nothing."""
    is_skipped: bool
    """Whether that is for good; else it only waits."""
    waits_for: str
    """The code of what it waits for, where that is what keeps it."""
    hold: Hold | PlannedCopy | None
    of_member: bool
    """Whether it is held with everything of the member's."""
    is_edited: bool
    message: Message | None = None
    enrollment: Enrollment | None = None
    only: str = ""
    """On what it depends that the member gets as far, as a sentence; empty where a message or a step is there already."""


def rows_of_messages(ids: Sequence[int], now: dt.datetime) -> dict[int, Planned]:
    """By its id, for each of these messages of the outbox."""
    messages = list(
        Message.objects.filter(pk__in=ids)
        .select_related("member")
        .prefetch_related("club__closures", "template", "member__trainer")
    )
    if not messages:
        return {}
    runs = StepRun.objects.filter(message__in=messages).select_related("enrollment__run")
    asked_for = {run.message_id: run for run in runs.prefetch_related("enrollment__workflow__club__closures")}
    whys = _whys([run.enrollment for run in asked_for.values()])
    for message in messages:
        message.member.club = message.club
    verdicts, holds = ask(messages, now), holding(messages, now)
    rows: dict[int, Planned] = {}
    for message in messages:
        run = asked_for.get(message.pk)
        workflow = run.enrollment.workflow if run else None
        hold = holds.get(message.pk)
        rows[message.pk] = Planned(
            at=message.due_at,
            member=message.member,
            template=message.template,
            channel=message.channel,
            workflow=workflow,
            origin=message.origin,
            why=whys.get(run.enrollment_id, "") if run else "",
            position=run.position if run else 0,
            **_said(message, verdicts.get(message.pk), message.due_at),
            hold=hold,
            of_member=bool(hold and hold.message_id is None),
            is_edited=bool(message.own_words),
            message=message,
        )
    return rows


def rows_of_steps(ids: Sequence[int], now: dt.datetime, *, as_of: dt.datetime) -> dict[int, Planned]:
    """By its id, for each of these enrollments that stands before a message; filled in as of then."""
    enrollments = list(
        Enrollment.objects.filter(pk__in=ids, step__action=SendMessage.kind)
        .select_related("member", "step", "run")
        .prefetch_related("workflow__club__closures", "member__trainer")
    )
    if not enrollments:
        return {}
    for enrollment in enrollments:
        enrollment.member.club = enrollment.workflow.club
    whys = _whys(enrollments)
    copies = {
        (copy.enrollment_id, copy.step_id): copy
        for copy in PlannedCopy.objects.filter(enrollment__in=enrollments).select_related("changed_by")
    }
    ending = _ending(enrollments, now)
    planned = rows_before_steps(enrollments, now, as_of=as_of, ending=ending, copies=copies)
    return {e.pk: replace(planned[e.pk], why=whys[e.pk], enrollment=e) for e in enrollments}


def rows_before_steps(
    enrollments: Sequence[Enrollment],
    now: dt.datetime,
    *,
    as_of: dt.datetime,
    ending: Mapping[int, str],
    copies: Mapping[tuple[int, int], PlannedCopy],
) -> dict[int, Planned]:
    """By the key of each, whether stored or only foreseen. `ending`: who would not get it any more, and why."""
    drafts, told, broken = _drafts(enrollments, as_of)
    messages: dict[int, Message] = {}
    for enrollment in enrollments:
        draft = drafts.get(enrollment.pk)
        copy = copies.get((enrollment.pk, enrollment.step_id or 0))
        if draft and draft.way.template:
            messages[enrollment.pk] = _as_if_queued(enrollment, draft, copy)
    verdicts = ask(list(messages.values()), now) if messages else {}
    holds = holding(list(messages.values()), now) if messages else {}
    rows: dict[int, Planned] = {}
    for enrollment in enrollments:
        message = messages.get(enrollment.pk)
        at = open_from(enrollment.member, enrollment.due_at)
        verdict: Verdict | None = verdicts.get(message.pk) if message else None
        if reason := (SENT_BY_HAND if enrollment.pk in told else ending.get(enrollment.pk)):
            verdict = Skip(reason)
        copy = copies.get((enrollment.pk, enrollment.step_id or 0))
        of_member = holds.get(message.pk) if message else None
        said = (
            _said(message, verdict, at)
            if message
            else {"subject": "", "text": "", "keeps": "", "is_skipped": True, "waits_for": ""}
        )
        if message is None:
            draft = drafts.get(enrollment.pk)
            said["keeps"] = broken.get(enrollment.pk, "").rstrip(".") or (
                capfirst(message_reason(verdict.reason)) if verdict else draft.way.detail if draft else ""
            )
        rows[enrollment.pk] = Planned(
            at=at,
            member=enrollment.member,
            template=message.template if message else None,
            channel=message.channel if message else "",
            workflow=enrollment.workflow,
            origin=enrollment.workflow.slug,
            why="",
            position=enrollment.step.position if enrollment.step else 0,
            **said,
            hold=copy if copy and copy.is_held else of_member,
            of_member=bool(of_member and not (copy and copy.is_held)),
            is_edited=bool(message and message.own_words),
        )
    return rows


def _drafts(
    enrollments: Sequence[Enrollment], as_of: dt.datetime
) -> tuple[dict[int, Draft], set[int], dict[int, str]]:
    """By enrollment what would be said; those told by a person already; and why the others cannot be worked out."""
    by_step: dict[Step, list[Enrollment]] = defaultdict(list)
    for enrollment in enrollments:
        if enrollment.step:
            by_step[enrollment.step].append(enrollment)
    drafts: dict[int, Draft] = {}
    told: set[int] = set()
    broken: dict[int, str] = {}
    for step, batch in by_step.items():
        try:
            with transaction.atomic():
                params = ACTIONS[step.action].clean(step.action_params, batch[0].workflow.club)
                found = drafts_for(batch, params, as_of, in_earnest=False)
        except TemplateGone as gone:
            broken |= {enrollment.pk: str(gone) for enrollment in batch}
        except Exception:
            # Whatever is wrong with one workflow, the page has others to show.
            logger.exception("What step %s would send tomorrow could not be worked out", step.pk)
            broken |= {e.pk: _("The workflow cannot be asked; its page says why.") for e in batch}
        else:
            drafts |= found
            told |= {enrollment.pk for enrollment in batch} - found.keys()
    return drafts, told, broken


def _ending(enrollments: Sequence[Enrollment], now: dt.datetime) -> dict[int, str]:
    """Why each of these would take no step any more as things stand, or only be told in person."""
    over = {pk: reason for pk, reason in end_reasons(enrollments, now).items() if reason != CANNOT_TELL}
    reached = dict.fromkeys(goals_reached(enrollments, now), GOAL)
    anyway = dict.fromkeys(come_anyway([e for e in enrollments if e.pk not in over], now), IN_PERSON)
    return {**anyway, **reached, **over}


def _as_if_queued(enrollment: Enrollment, draft: Draft, copy: PlannedCopy | None) -> Message:
    """Not saved; no message has such a number, so no gate finds anything that belongs to one."""
    template = draft.way.template
    assert template is not None
    message = Message(
        pk=-abs(enrollment.pk),
        club=enrollment.workflow.club,
        member=enrollment.member,
        channel=template.channel,
        origin=enrollment.workflow.slug,
        template=template,
        context=draft.values,
        priority=enrollment.workflow.priority,
        is_capped=enrollment.workflow.is_capped,
        due_at=enrollment.due_at,
    )
    if copy and copy.own_words and copy.channel == template.channel:
        message.own_words = copy.own_words
    return message


def _said(message: Message, verdict: Verdict | None, at: dt.datetime) -> dict[str, Any]:
    said: dict[str, Any] = {"subject": "", "text": "", "keeps": "", "is_skipped": False, "waits_for": ""}
    try:
        envelope = envelope_of(message)
    except Unfilled as problem:
        said |= {"keeps": str(problem).rstrip("."), "is_skipped": True}
    else:
        said |= {"subject": envelope.subject, "text": envelope.text}
    match verdict:
        case Skip(reason):
            said |= {"keeps": capfirst(message_reason(reason)), "is_skipped": True}
        case Wait(until, reason) if not said["keeps"] and not (reason in PASSING and until <= at):
            said |= {
                "keeps": "" if reason == "held" else capfirst(message_reason(reason)),
                "waits_for": reason,
            }
    return said


def _whys(enrollments: Sequence[Enrollment]) -> dict[int, str]:
    """By enrollment the sentence by which its run decided; one query."""
    decided = {
        (decision.from_run_id, decision.member_id): decision
        for decision in Decision.objects.filter(
            member__in={enrollment.member_id for enrollment in enrollments},
            workflow__in={enrollment.workflow_id for enrollment in enrollments},
            from_run__in={enrollment.run_id for enrollment in enrollments},
            reason=Reason.DUE,
        )
    }
    whys: dict[int, str] = {}
    for enrollment in enrollments:
        decision = decided.get((enrollment.run_id, enrollment.member_id))
        run = enrollment.run
        # Its club's closures and members are fetched already.
        run.workflow = enrollment.workflow
        try:
            why = decision_in_words(Question.of(run), decision, None, "") if decision else ""
        except (UnknownBlock, ValidationError):
            why = ""
        whys[enrollment.pk] = why
    return whys
