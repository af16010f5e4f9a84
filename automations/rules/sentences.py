"""A whole workflow in plain English."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.actions import ACTIONS
from automations.blocks import UnknownBlock
from automations.models import Step, Workflow
from automations.triggers import TRIGGERS
from members.models import Club


def workflow_sentence(workflow: Workflow, drafted: Sequence[Step] | None = None) -> str:
    """With the stored steps, or those `drafted`. Like “When a member …: send the message “We missed you”; then after 2 days open a staff task: “Call.”.”"""
    try:
        trigger = TRIGGERS[workflow.trigger]
        when = trigger.sentence(workflow.trigger_params)
        besides = trigger.afterthought(workflow.trigger_params)
        steps = [
            step_sentence(step, workflow.club)
            for step in (workflow.steps.all() if drafted is None else drafted)
        ]
    except (UnknownBlock, ValidationError, LookupError) as broken:
        return _("This workflow cannot be read: %(why)s") % {"why": broken}
    if not steps:
        return _("%(when)s: nothing yet, it has no steps.") % {"when": when}
    return f"{when}: {_('; then ').join(steps)}. {besides}".strip()


def step_sentence(step: Step, club: Club) -> str:
    """Like “after 2 days, at 09:00, send the message “We missed you””; at most one query per club."""
    action = ACTIONS[step.action]
    what = action.sentence(action.named(step.action_params, club))
    wait = _wait(step)
    if step.at_time:
        hour = _("at %(time)s") % {"time": time_format(step.at_time, "H:i")}
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
