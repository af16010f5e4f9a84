"""A whole workflow in plain English."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.actions import ACTIONS
from automations.blocks import UnknownBlock
from automations.conditions import Asked, read
from automations.goals import GOALS
from automations.models import Step, Workflow
from automations.triggers import TRIGGERS
from members.models import Club


def workflow_sentence(workflow: Workflow, drafted: Sequence[Step] | None = None) -> str:
    """With the stored steps, or those `drafted`. Like “When a member …: send the message “We missed you”; then after 2 days open a staff task: “Call.”.”"""
    try:
        trigger = TRIGGERS[workflow.trigger]
        when = trigger.sentence(workflow.trigger_params)
        fits = conditions_sentence(workflow.conditions, workflow.club)
        besides = " ".join(
            filter(
                None, [_until(workflow), _in_person(workflow), trigger.afterthought(workflow.trigger_params)]
            )
        )
        steps = [
            step_sentence(step, workflow.club)
            for step in (workflow.steps.all() if drafted is None else drafted)
        ]
    except (UnknownBlock, ValidationError, LookupError) as broken:
        return _("This workflow cannot be read: %(why)s") % {"why": broken}
    if fits:
        when = _("%(when)s, if %(fits)s") % {"when": when, "fits": fits}
    if not steps:
        return _("%(when)s: nothing yet, it has no steps.") % {"when": when}
    return f"{when}: {_('; then ').join(steps)}. {besides}".strip()


def conditions_sentence(conditions: dict[str, Any], club: Club) -> str:
    """Like “all of: membership is Active; came at least 3 times in 30 days”; empty without any."""
    if not conditions:
        return ""
    asked = Asked(club, timezone.now())
    return read(conditions, asked).sentence(asked)


def _until(workflow: Workflow) -> str:
    if not workflow.goal:
        return ""
    return _("It is over as soon as %(until)s.") % {"until": GOALS[workflow.goal].sentence({})}


def _in_person(workflow: Workflow) -> str:
    if not workflow.in_person:
        return ""
    said = ngettext(
        "Whoever was here today, or comes within %(n)s hour, is told in person instead.",
        "Whoever was here today, or comes within %(n)s hours, is told in person instead.",
        workflow.in_person_hours,
    )
    return said % {"n": workflow.in_person_hours}


def step_sentence(step: Step, club: Club) -> str:
    """Like “after 2 days, at 09:00, send the message “We missed you””; at most one query per club."""
    action = ACTIONS[step.action]
    what = action.sentence(action.named(step.action_params, club))
    wait = _wait(step)
    if step.at_time:
        hour = _("at %(time)s") % {"time": time_format(step.at_time, "H:i")}
        if step.at_weekday is not None:
            words = {"weekday": Step.Weekday(step.at_weekday).label, "hour": hour}
            hour = _("on the next %(weekday)s %(hour)s") % words
        wait = f"{wait}, {hour}" if wait else hour
    return f"{wait}, {what}" if wait else what


def _wait(step: Step) -> str:
    if not step.delay:
        return ""
    match step.delay_unit:
        case Step.Unit.MINUTES:
            said = ngettext("after %(n)s minute", "after %(n)s minutes", step.delay)
        case Step.Unit.HOURS:
            said = ngettext("after %(n)s hour", "after %(n)s hours", step.delay)
        case Step.Unit.DAYS:
            said = ngettext("after %(n)s day", "after %(n)s days", step.delay)
        case _:
            said = ngettext("after %(n)s week", "after %(n)s weeks", step.delay)
    return said % {"n": step.delay}
