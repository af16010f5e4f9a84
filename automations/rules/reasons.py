"""Why somebody is or is not followed up, in a sentence."""

import datetime as dt
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions.send_message import SENT_BY_HAND
from automations.blocks import Params
from automations.models import Reason
from automations.triggers import Trigger
from members.rules.days import AwayClock
from messaging.gates import MEMBER_GATES

GATES = {gate.reason: gate for gate in MEMBER_GATES}

TAKEN_OUT = "taken_out"

MESSAGE_REASONS = {
    "came_back": gettext_lazy("came back before it left"),
    TAKEN_OUT: gettext_lazy("taken out by hand"),
    SENT_BY_HAND: gettext_lazy("somebody sent the same message by hand"),
    "failed": gettext_lazy("a step failed"),
    "too_late": gettext_lazy("it was too late to make sense"),
    "quiet_hours": gettext_lazy("waits for the end of the quiet hours"),
    "sending_paused": gettext_lazy("the club's kill switch is on"),
    "workflow_off": gettext_lazy("the workflow is off"),
    "by_hand": gettext_lazy("a person said not to send it"),
    "workflow_broken": gettext_lazy("the workflow cannot be asked; its page says why"),
}


def message_reason(code: str) -> str:
    """Why a message was skipped or held, in a few words."""
    if code in MESSAGE_REASONS:
        return str(MESSAGE_REASONS[code])
    return str(Reason(code).label) if code in Reason.values else code


def words_of_reasons() -> dict[str, Any]:
    """What the message log calls the reasons that workflows give."""
    own = {code: MESSAGE_REASONS[code] for code in ("came_back", "workflow_off", "workflow_broken")}
    return {code: capfirst(said) for code, said in own.items()} | {
        reason.value: reason.label for reason in Reason if reason not in (Reason.DUE, Reason.COOLDOWN)
    }


def reason_text(
    reason: str,
    *,
    trigger: Trigger,
    params: Params,
    clock: AwayClock,
    fact_at: dt.datetime | None,
    channel: str,
    cooldown_days: int,
    followed_up_at: dt.datetime | None = None,
) -> str:
    """One sentence for the log: the reason with the values that it rests on, on the clock's day."""
    if reason in GATES:
        return GATES[reason].text(channel)
    if reason == Reason.COOLDOWN:
        day = clock.in_words(clock.day_of(followed_up_at)) if followed_up_at else _("an earlier day")
        return _("Followed up on %(day)s: %(once)s, and at most once in %(days)s days.") % {
            "day": day,
            "once": trigger.once,
            "days": cooldown_days,
        }
    return trigger.reason_text(reason, fact_at, clock, params)
