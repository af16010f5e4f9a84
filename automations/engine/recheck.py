"""Asked again before a step and at the door: is what the member was enrolled for still true?"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import Case, CharField, F, Value, When

from automations.engine.classification import Question
from automations.engine.goals import GOAL, goals_reached
from automations.engine.in_person import IN_PERSON, come_anyway
from automations.engine.resting import resting_until
from automations.models import Enrollment, Reason, Workflow
from automations.rules.reasons import TAKEN_OUT
from automations.triggers.base import ANOTHER_TRIGGER
from members.models.compiled import Among
from messaging.gates import Skip, Verdict, Wait
from messaging.models import Message

logger = logging.getLogger(__name__)

PAUSED = Reason.PAUSED.value
CAME_BACK = "came_back"
CANNOT_TELL = "workflow_broken"
ASK_AGAIN = dt.timedelta(minutes=5)


def end_reasons(enrollments: Iterable[Enrollment], now: dt.datetime) -> dict[int, str]:
    """Why each of these enrollments is over, by id; one that still holds is not in the answer.

    `came_back` when the member did what the workflow hoped for or a new occurrence began, `another_trigger` when the
    workflow looks for something else than what named the occurrence, else the trigger's reason.
    One query per workflow; those of a workflow that cannot be asked raise nothing and are `CANNOT_TELL`.
    """
    by_workflow: dict[Workflow, list[Enrollment]] = defaultdict(list)
    for enrollment in enrollments:
        by_workflow[enrollment.workflow].append(enrollment)
    over: dict[int, str] = {}
    for workflow, batch in by_workflow.items():
        try:
            with transaction.atomic():
                over |= _ended(Question(workflow, now), batch)
        except Exception:
            # The batch holds other clubs' enrollments too; they must not wait for this workflow's repair.
            logger.exception("Workflow %s could not be asked whether it still holds", workflow.pk)
            over |= {enrollment.pk: CANNOT_TELL for enrollment in batch}
    return over


def _ended(question: Question, batch: Sequence[Enrollment]) -> dict[int, str]:
    occurrences, trigger = question.occurrences, question.trigger
    now_true = {
        pk: (reason, key, fact)
        for pk, reason, key, fact in occurrences.members.filter(Among("pk", {e.member_id for e in batch}))
        .annotate(
            now_key=occurrences.key,
            now_fact=occurrences.fact_at,
            now_reason=Case(
                *(When(condition, then=Value(reason.value)) for reason, condition in occurrences.kept_out),
                default=Value(""),
                output_field=CharField(),
            ),
        )
        .values_list("pk", "now_reason", "now_key", "now_fact")
    }
    inside_for = {enrollment.occurrence for enrollment in batch}
    named = trigger.named(inside_for)
    ended = trigger.over(question.workflow.club, question.now, question.params, named)
    ended |= dict.fromkeys(inside_for - named, ANOTHER_TRIGGER)
    over: dict[int, str] = {}
    for enrollment in batch:
        reason, key, fact = now_true[enrollment.member_id]
        if reason in occurrences.only_at_entry:
            reason = ""
        # What lasts is over when it began anew; another name for it is a corrected date. What happened has happened.
        began_anew = (
            trigger.lasts
            and key != enrollment.occurrence
            and (fact is None or fact >= enrollment.enrolled_at)
        )
        if enrollment.occurrence in ended:
            over[enrollment.pk] = ended[enrollment.occurrence]
        elif reason in trigger.came_back or (not reason and began_anew):
            over[enrollment.pk] = CAME_BACK
        elif reason:
            over[enrollment.pk] = reason
    return over


def _while_away(message: Message, until: dt.datetime) -> Verdict:
    """Waits for the member, unless it is of no use by then."""
    lasts = message.expires_at is None or until <= message.expires_at
    return Wait(until, PAUSED) if lasts else Skip(PAUSED)


def _asked_for(messages: Sequence[Message]) -> dict[int, Enrollment]:
    """The enrollment that asked for each message, by the message's id, with what is asked about it here and no more."""
    fields = ("workflow", "member", "occurrence", "enrolled_at", "end_reason", "goal_reached_at")
    enrollments = list(
        Enrollment.objects.filter(Among("step_runs__message", [message.pk for message in messages]))
        .annotate(message_id=F("step_runs__message"))
        .only(*fields)
    )
    workflows = Workflow.objects.select_related("club").in_bulk({e.workflow_id for e in enrollments})
    for enrollment in enrollments:
        enrollment.workflow = workflows[enrollment.workflow_id]
    return {enrollment.message_id: enrollment for enrollment in enrollments}


class StillTrueGate:
    """Skips a message whose enrollment is over, has reached its goal, or was ended by hand; holds one whose workflow was switched off."""

    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> Mapping[int, Verdict]:
        asked_for = _asked_for(messages)
        over = end_reasons(asked_for.values(), now)
        reached = goals_reached(asked_for.values(), now)
        away = resting_until(asked_for.values(), now)
        by_id = {message.pk: message for message in messages}
        verdicts: dict[int, Verdict] = {}
        for message_id, enrollment in asked_for.items():
            if enrollment.end_reason == TAKEN_OUT:
                verdicts[message_id] = Skip(TAKEN_OUT)
            elif over.get(enrollment.pk) == CANNOT_TELL:
                verdicts[message_id] = Wait(now + ASK_AGAIN, "workflow_broken")
            elif enrollment.pk in over:
                verdicts[message_id] = Skip(over[enrollment.pk])
            elif enrollment.pk in reached:
                verdicts[message_id] = Skip(GOAL)
            elif enrollment.pk in away:
                verdicts[message_id] = _while_away(by_id[message_id], away[enrollment.pk])
            elif not enrollment.workflow.is_enabled:
                verdicts[message_id] = Wait(now + ASK_AGAIN, "workflow_off")
            elif enrollment.workflow.paused_at:
                verdicts[message_id] = Wait(now + ASK_AGAIN, "workflow_paused")
        expired = {m.pk for m in messages if m.expires_at and now > m.expires_at}
        may_leave = {pk: e for pk, e in asked_for.items() if pk not in verdicts and pk not in expired}
        anyway = come_anyway(may_leave.values(), now)
        return verdicts | {pk: Skip(IN_PERSON) for pk, e in may_leave.items() if e.pk in anyway}
