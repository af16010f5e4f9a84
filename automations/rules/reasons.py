"""Why somebody is or is not followed up, in a sentence."""

import datetime as dt
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions.send_message import SENT_BY_HAND
from automations.actions.set_member_field import ALREADY
from automations.blocks import Params
from automations.models import Reason
from automations.triggers import OVER, Trigger
from members.rules.days import AwayClock
from messaging.gates import MEMBER_GATES
from messaging.models import Channel

GATES = {gate.reason: gate for gate in MEMBER_GATES}

TAKEN_OUT = "taken_out"
PUSHED_ON = "pushed_on"

MESSAGE_REASONS = {
    "came_back": gettext_lazy("came back before it left"),
    "goal": gettext_lazy("has done what it was for"),
    "waited_for": gettext_lazy("what was waited for happened"),
    "time_up": gettext_lazy("it did not happen in time"),
    "ended": gettext_lazy("the workflow ends here"),
    "not_ended": gettext_lazy("the workflow goes on for them"),
    "in_person": gettext_lazy("they come anyway, so the front desk says it"),
    Reason.PAUSED.value: gettext_lazy("they are away, by their own word"),
    TAKEN_OUT: gettext_lazy("taken out by hand"),
    PUSHED_ON: gettext_lazy("somebody pushed them on"),
    SENT_BY_HAND: gettext_lazy("somebody sent the same message by hand"),
    ALREADY: gettext_lazy("it was so already"),
    "failed": gettext_lazy("a step failed"),
    "shared_address": gettext_lazy("another member with the same address got it"),
    "no_conversation": gettext_lazy(
        "it has no approved template, and the member has not written within 24 hours"
    ),
    "too_late": gettext_lazy("it was too late to make sense"),
    "quiet_hours": gettext_lazy("waits for the end of the quiet hours"),
    "sending_paused": gettext_lazy("sending is paused for the club"),
    "all_paused": gettext_lazy("sending is paused for all clubs"),
    "enough_lately": gettext_lazy("the member got enough messages lately"),
    "hourly_ceiling": gettext_lazy("the club sent as many as it may in an hour"),
    "workflow_off": gettext_lazy("the workflow is off"),
    "workflow_paused": gettext_lazy("the workflow was paused by itself; its page says why"),
    "erased": gettext_lazy("erased on request"),
    "by_hand": gettext_lazy("a person said not to send it"),
    "stopped": gettext_lazy("a person stopped what had not left"),
    "held": gettext_lazy("a person holds it back"),
    "held_too_long": gettext_lazy("a person held it back until it was of no use"),
    "workflow_broken": gettext_lazy("the workflow cannot be asked; its page says why"),
    **OVER,
}

NO_CHECK = gettext_lazy("No daily check took place while there was time.")
KEPT_WAITING = gettext_lazy("A run waited for a person in those days, and nobody let it go in time.")
"""How it came that nobody was asked about something until it was too late."""

OF_THE_ENGINE: dict[str, Any] = {
    Reason.PAUSED: gettext_lazy("Away by their own word, so left in peace until they are back."),
    Reason.ERASED: gettext_lazy("Erased on request; nobody is followed up who is not known."),
    Reason.UNFIT: gettext_lazy("Does not fit the workflow's conditions."),
    Reason.CONTROL: gettext_lazy("Left out on purpose, to compare with those who are followed up."),
}


def message_reason(code: str) -> str:
    """Why a message was skipped or held, in a few words."""
    if code in MESSAGE_REASONS:
        return str(MESSAGE_REASONS[code])
    return str(Reason(code).label) if code in Reason.values else code


def words_of_reasons() -> dict[str, Any]:
    """What the message log calls the reasons that workflows give."""
    told = ("came_back", "goal", "in_person", "workflow_off", "workflow_paused", "workflow_broken", *OVER)
    own = {code: MESSAGE_REASONS[code] for code in told}
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
    category: str = "",
    instead: str = "",
    cooldown_days: int,
    followed_up_at: dt.datetime | None = None,
    some_left_out: bool = False,
    because: str = "",
) -> str:
    """One sentence for the log: the reason with the values that it rests on, on the clock's day.

    `some_left_out`: who is cooling down may have been left out to compare instead of followed up. `because` says which of
    the workflow's conditions fails, or how it came to be too late.
    """
    if reason in GATES:
        said = GATES[reason].text(channel, category)
        if not instead:
            return said
        return _("%(why)s No way by %(channel)s either.") % {"why": said, "channel": Channel(instead).label}
    if reason == Reason.COOLDOWN:
        day = clock.in_words(clock.day_of(followed_up_at)) if followed_up_at else _("an earlier day")
        words = {"day": day, "once": trigger.once, "days": cooldown_days}
        if not cooldown_days:
            said = _("Followed up on %(day)s: %(once)s.")
            left_out = _("Followed up, or left out to compare, on %(day)s: %(once)s.")
            return (left_out if some_left_out else said) % words
        if some_left_out:
            said = _(
                "Followed up, or left out to compare, on %(day)s: %(once)s, and at most once in %(days)s days."
            )
            return said % words
        return _("Followed up on %(day)s: %(once)s, and at most once in %(days)s days.") % words
    if reason == Reason.MISSED and trigger.too_late:
        said = trigger.reason_text(trigger.too_late, fact_at, clock, params)
        return f"{said} {because or NO_CHECK}"
    if reason == Reason.MISSED:
        day = clock.in_words(clock.day_of(fact_at)) if fact_at else _("an earlier day")
        said = _("It happened on %(day)s, and by now it is too late for a follow-up.") % {"day": day}
        return f"{said} {because}" if because else said
    if reason == Reason.UNFIT and because:
        return because
    if reason in OF_THE_ENGINE:
        return str(OF_THE_ENGINE[reason])
    return trigger.reason_text(reason, fact_at, clock, params)
