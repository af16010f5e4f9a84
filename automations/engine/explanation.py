"""Why, why not, and when: for one member and one workflow, each gate with what it saw, and what would change it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions.send_message import SendMessage
from automations.actions.wait_until import WaitUntil
from automations.engine.classification import Question
from automations.engine.daily import next_check_at
from automations.engine.fitting import Part, parts_of
from automations.engine.fuse import held_run
from automations.engine.missed import whys_missed
from automations.engine.what_was_done import what_was_done
from automations.models import Enrollment, Reason, Workflow, WorkflowRun
from automations.rules.reasons import GATES, reason_text
from automations.timing import days_after, due_after
from members.models import Member
from members.rules.days import start_of_day
from members.rules.pauses import paused_until
from members.rules.wording import day_in_words, instant_in_words
from messaging.gates import free_from, open_from
from messaging.models import Channel

FOR_THIS: dict[str, Any] = {
    Reason.COOLDOWN: gettext_lazy("%(name)s is not followed up again for this; %(anew)s."),
    Reason.MISSED: gettext_lazy("%(name)s is not followed up for this any more; %(anew)s."),
}


@dataclass(frozen=True)
class Gate:
    """What was asked, what was seen, and whether it lets the member through."""

    reason: str
    question: str
    seen: str
    passes: bool


@dataclass(frozen=True)
class Explanation:
    """`decided`: the first reason that applies, or due. `next_at`: when a message would leave if nothing changes."""

    decided: str
    why: str
    what_next: str
    history: str
    gates: list[Gate]
    next_at: dt.datetime | None


def explain(member: Member, workflow: Workflow, *, now: dt.datetime) -> Explanation:
    """Asks the same question as a run, of this member alone, as of `now`; then once more as of her next chance."""
    question = Question(workflow, now, is_kept=True)
    kept_out = question.kept_out
    row = (
        question.members()
        .filter(pk=member.pk)
        .annotate(
            **{
                f"stopped_{n}": Case(
                    When(condition, then=Value(True)), default=Value(False), output_field=BooleanField()
                )
                for n, (_reason, condition) in enumerate(kept_out)
            }
        )
        .values()
        .get()
    )
    stopped: dict[Reason, bool] = {}
    for n, (reason, _condition) in enumerate(kept_out):
        stopped[reason] = stopped.get(reason, False) or bool(row[f"stopped_{n}"])
    latest = (
        Enrollment.objects.filter(workflow=workflow, member=member)
        .order_by("-enrolled_at")
        .select_related("step")
        .first()
    )
    decided = row["decided"]
    # Of somebody who is not, nothing is looked up.
    is_away = stopped.get(Reason.PAUSED, False)
    away_until = paused_until([member.pk], now).get(member.pk) if is_away else None
    held = held_run(workflow)
    goes_ahead = workflow.is_enabled and not workflow.paused_at and not held
    next_at = _next_message_at(question, member, row, latest, away_until) if goes_ahead else None
    conditions = parts_of(question, member.pk)
    gates = _gates(question, member, stopped, conditions, latest, away_until)
    return Explanation(
        decided=decided,
        why=reason_text(
            decided,
            trigger=question.trigger,
            params=question.params,
            clock=question.clock,
            fact_at=row["fact"],
            channel=question.channel,
            category=question.category,
            instead=question.instead,
            cooldown_days=question.cooldown_days,
            followed_up_at=latest.enrolled_at if latest else None,
            some_left_out=bool(latest and latest.end_reason == Reason.CONTROL),
            because=_because(question, member, decided, row["fact"], conditions),
        ),
        what_next=_stopped(question, held) or _what_next(question, member, decided, gates, next_at),
        history=what_was_done(latest, member),
        gates=gates,
        next_at=next_at,
    )


def _because(
    question: Question, member: Member, decided: str, fact_at: dt.datetime | None, conditions: list[Part]
) -> str:
    if decided == Reason.MISSED and fact_at:
        return whys_missed(question, {member.pk: fact_at}).get(member.pk, "")
    return next((f"{part.why_not}." for part in conditions if part.why_not), "")


def _gates(
    question: Question,
    member: Member,
    stopped: dict[Reason, bool],
    conditions: list[Part],
    latest: Enrollment | None,
    away_until: dt.datetime | None,
) -> list[Gate]:
    gates = [
        Gate(reasons[0], asked, seen, not any(stopped[reason] for reason in reasons))
        for reasons, asked, seen in question.trigger.gates(member, question.clock, question.params)
    ]
    # Of something that did not happen nobody asks whether it is too late.
    if Reason.MISSED in stopped and all(gate.passes for gate in gates):
        asked = _("in time, %(hours)s hours at most after it happened") % {"hours": question.patience_hours}
        seen = _("too late") if stopped[Reason.MISSED] else _("in time")
        gates.append(Gate(Reason.MISSED, asked, seen, not stopped[Reason.MISSED]))
    gates += [Gate(Reason.UNFIT, part.asks, part.seen, not part.why_not) for part in conditions]
    if Reason.PAUSED in stopped:
        asked = _("not away by their own word")
        gates.append(Gate(Reason.PAUSED, asked, _away_in_words(member, away_until), not away_until))
    gates += [
        Gate(
            reason,
            _or_else(question, gate.question(question.channel, question.category)),
            gate.seen(member, question.channel, stopped[reason]),
            not stopped[reason],
        )
        for reason in stopped
        if (gate := GATES.get(reason))
    ]
    followed_up = question.clock.in_words(question.clock.day_of(latest.enrolled_at)) if latest else _("never")
    days = question.workflow.cooldown_days
    asked = _("not followed up for this, nor in the last %(days)s days") % {"days": days}
    asked = asked if days else _("not followed up for this")
    gates.append(Gate(Reason.COOLDOWN, asked, followed_up, not stopped[Reason.COOLDOWN]))
    if Reason.CONTROL in stopped:
        asked = _("not one of the %(percent)s in a hundred left out to compare") % {
            "percent": question.control_percent
        }
        seen = _("left out") if stopped[Reason.CONTROL] else _("not left out")
        gates.append(Gate(Reason.CONTROL, asked, seen, not stopped[Reason.CONTROL]))
    return gates


def _away_in_words(member: Member, until: dt.datetime | None) -> str:
    if until is None:
        return _("nothing said")
    day = day_in_words(until.astimezone(member.zone).date(), member.club.locale)
    return _("back on %(day)s") % {"day": day}


def _or_else(question: Question, asked: str) -> str:
    """A gate of the first way, where another one is left."""
    if not question.instead:
        return asked
    words = {"asked": asked, "channel": Channel(question.instead).label}
    return _("%(asked)s, or can be reached by %(channel)s instead") % words


def _next_message_at(
    question: Question,
    member: Member,
    row: Mapping[str, Any],
    latest: Enrollment | None,
    away_until: dt.datetime | None,
) -> dt.datetime | None:
    """When the first message would leave, or the first step be taken, if nothing but time changes; None if that does not help."""
    workflow, club = question.workflow, question.workflow.club
    day = question.trigger.next_chance_on(member, question.clock, question.params)
    steps = list(workflow.steps.order_by("position", "pk"))
    if day is None or not steps:
        return None
    not_before = max(start_of_day(day, club.zone), away_until) if away_until else start_of_day(day, club.zone)
    if row["decided"] == Reason.COOLDOWN and latest:
        before = Enrollment.objects.filter(workflow=workflow, member=member)
        if before.filter(occurrence=row["occurrence_key"]).exists():
            return None
        not_before = max(not_before, latest.enrolled_at + dt.timedelta(days=workflow.cooldown_days))
    check = next_check_at(workflow, question.now, not_before)
    then = Question(workflow, check).members().filter(pk=member.pk).values_list("decided", flat=True).get()
    if then != Reason.DUE:
        return None
    since = max(check, row["fact"]) if question.trigger.several and row["fact"] else check
    if not question.channel:
        return due_after(steps[0], since, member.zone)
    for step in steps:
        since = due_after(step, since, member.zone)
        if step.action == SendMessage.kind:
            break
        if step.action == WaitUntil.kind:
            since = days_after(since, step.action_params.get("days", 0), member.zone)
    return open_from(member, free_from(member, since) if workflow.is_capped else since)


def _stopped(question: Question, held: WorkflowRun | None) -> str:
    """What keeps the workflow from following up anybody until a person has decided."""
    if not question.workflow.is_enabled:
        return ""
    if question.workflow.paused_at:
        return _("The workflow was paused by itself, so nobody is followed up before somebody resumes it.")
    if held:
        return _(
            "A run that would follow up %(n)s members at once waits for a person; nobody is followed up before that."
        ) % {"n": f"{held.size or 0:,}"}
    return ""


def _what_next(
    question: Question, member: Member, decided: str, gates: list[Gate], next_at: dt.datetime | None
) -> str:
    words = {"name": member.first_name}
    if not question.workflow.is_enabled:
        return _("The workflow is off, so nobody is followed up.")
    if not question.workflow.steps.exists():
        return _("The workflow has no steps yet, so nobody is followed up.")
    if next_at:
        words["when"] = instant_in_words(next_at, member.zone, member.club.locale)
        words["unless"] = question.trigger.unless(member)
        channel = question.channels_for({member.pk})[member.pk]
        if channel == Channel.IN_APP:
            return _("%(name)s will find a message on %(when)s %(unless)s.") % words
        if channel == Channel.SMS:
            return _("%(name)s will be texted on %(when)s %(unless)s.") % words
        if channel:
            return _("%(name)s will be written to on %(when)s %(unless)s.") % words
        return _("%(name)s will be followed up on %(when)s %(unless)s.") % words
    if decided == Reason.DUE:
        return _("%(name)s is due now, but not any more at the next check. Run the workflow by hand.") % words
    # What is too late stays so, whatever else is mended.
    failing = [gate for gate in gates if not gate.passes and decided != Reason.MISSED]
    if len(failing) > 1:
        words["others"] = ", ".join(gate.question for gate in failing[1:])
        return _("%(name)s would still not be followed up without that: also needed is “%(others)s”.") % words
    if decided in FOR_THIS:
        words["anew"] = str(question.trigger.anew)
        return str(FOR_THIS[decided]) % words
    return _("Everything else is fine: this alone keeps %(name)s from being followed up.") % words
