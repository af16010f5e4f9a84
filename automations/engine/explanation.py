"""Why, why not, and when: for one member and one workflow, each gate with what it saw, and what would change it."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import BooleanField, Case, Q, Value, When
from django.utils.translation import gettext as _

from automations.actions.send_message import SENT_BY_HAND
from automations.engine.classification import Question
from automations.engine.daily import next_check_at
from automations.engine.timing import due_after
from automations.models import Enrollment, Reason, StepRun, Workflow
from automations.rules.reasons import GATES, message_reason, reason_text
from members.models import Member
from members.rules.days import start_of_day
from members.rules.wording import instant_in_words
from messaging.gates import open_from
from messaging.models import Channel, Message


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
    question = Question(workflow, now)
    conditions = question.kept_out
    row = (
        question.members()
        .filter(pk=member.pk)
        .annotate(
            **{
                f"stopped_{n}": Case(
                    When(condition, then=Value(True)), default=Value(False), output_field=BooleanField()
                )
                for n, (_reason, condition) in enumerate(conditions)
            }
        )
        .values()
        .get()
    )
    stopped = {reason: bool(row[f"stopped_{n}"]) for n, (reason, _condition) in enumerate(conditions)}
    latest = (
        Enrollment.objects.filter(workflow=workflow, member=member)
        .order_by("-enrolled_at")
        .select_related("step")
        .first()
    )
    decided = row["decided"]
    next_at = (
        _next_message_at(question, member, decided, row["occurrence_key"], latest)
        if workflow.is_enabled
        else None
    )
    gates = _gates(question, member, stopped, latest)
    return Explanation(
        decided=decided,
        why=reason_text(
            decided,
            trigger=question.trigger,
            params=question.params,
            clock=question.clock,
            fact_at=row["fact"],
            channel=question.channel,
            cooldown_days=question.cooldown_days,
            followed_up_at=latest.enrolled_at if latest else None,
        ),
        what_next=_what_next(question, member, decided, gates, next_at),
        history=_history(latest, member),
        gates=gates,
        next_at=next_at,
    )


def _gates(
    question: Question, member: Member, stopped: dict[Reason, bool], latest: Enrollment | None
) -> list[Gate]:
    gates = [
        Gate(reasons[0], asked, seen, not any(stopped[reason] for reason in reasons))
        for reasons, asked, seen in question.trigger.gates(member, question.clock, question.params)
    ]
    gates += [
        Gate(
            reason,
            gate.question(question.channel),
            gate.seen(member, question.channel, stopped[reason]),
            not stopped[reason],
        )
        for reason in stopped
        if (gate := GATES.get(reason))
    ]
    followed_up = question.clock.in_words(question.clock.day_of(latest.enrolled_at)) if latest else _("never")
    asked = _("not followed up for this, nor in the last %(days)s days") % {
        "days": question.workflow.cooldown_days
    }
    return [*gates, Gate(Reason.COOLDOWN, asked, followed_up, not stopped[Reason.COOLDOWN])]


def _next_message_at(
    question: Question, member: Member, decided: str, occurrence: str, latest: Enrollment | None
) -> dt.datetime | None:
    """When the first step would be taken if nothing but time changes; None if time alone does not help."""
    workflow, club = question.workflow, question.workflow.club
    day = question.trigger.next_chance_on(member, question.clock, question.params)
    first = workflow.steps.order_by("position", "pk").first()
    if day is None or first is None:
        return None
    not_before = start_of_day(day, club.zone)
    if decided == Reason.COOLDOWN and latest:
        if latest.occurrence == occurrence:
            return None
        not_before = max(not_before, latest.enrolled_at + dt.timedelta(days=workflow.cooldown_days))
    check = next_check_at(workflow, question.now, not_before)
    then = Question(workflow, check).members().filter(pk=member.pk).values_list("decided", flat=True).get()
    if then != Reason.DUE:
        return None
    due_at = due_after(first, check, member.zone)
    return open_from(member, due_at) if question.channel else due_at


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
        if question.channel == Channel.SMS:
            return _("%(name)s will be texted on %(when)s %(unless)s.") % words
        if question.channel:
            return _("%(name)s will be written to on %(when)s %(unless)s.") % words
        return _("%(name)s will be followed up on %(when)s %(unless)s.") % words
    if decided == Reason.DUE:
        return _("%(name)s is due now, but not any more at the next check. Run the workflow by hand.") % words
    failing = [gate for gate in gates if not gate.passes]
    if len(failing) > 1:
        words["others"] = ", ".join(gate.question for gate in failing[1:])
        return _("%(name)s would still not be followed up without that: also needed is “%(others)s”.") % words
    if decided == Reason.COOLDOWN:
        words["anew"] = str(question.trigger.anew)
        return _("%(name)s is not followed up again for this; %(anew)s.") % words
    return _("Everything else is fine: this alone keeps %(name)s from being followed up.") % words


def _history(latest: Enrollment | None, member: Member) -> str:
    if latest is None:
        return _("Never followed up by this workflow.")
    said = _("Followed up since %(when)s.") % {
        "when": instant_in_words(latest.enrolled_at, member.zone, member.club.locale)
    }
    run = (
        StepRun.objects.filter(Q(message__isnull=False) | Q(reason=SENT_BY_HAND), enrollment=latest)
        .select_related("message")
        .order_by("-pk")
        .first()
    )
    if run and run.reason == SENT_BY_HAND:
        return said + " " + _("Not messaged: somebody sent the same message by hand.")
    if run and (message := run.message):
        said += " " + _("The message: %(status)s") % {"status": message.get_status_display().lower()}
        if message.sent_at:
            said += " " + instant_in_words(message.sent_at, member.zone, member.club.locale)
        elif message.status == Message.Status.SKIPPED:
            said += f" ({message_reason(message.reason)})"
        elif message.status == Message.Status.QUEUED:
            said += " " + _("until %(when)s") % {
                "when": instant_in_words(message.due_at, member.zone, member.club.locale)
            }
        said += "."
    return said
