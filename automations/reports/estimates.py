"""How many messages a workflow makes and what they cost, worked out for so many members, and told as far as it is known."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.actions.send_message import SendMessage
from automations.actions.wordings import shares, wordings
from automations.blocks import Params
from automations.models import Enrollment, Reason, Step, Workflow, WorkflowRun
from automations.triggers import TRIGGERS
from automations.triggers.manual import Manual
from members.models import Club
from members.rules.days import DAY
from members.rules.wording import small_money_in_words
from messaging.models import Channel, MessageTemplate
from messaging.rules.sms_parts import count_parts

ASKS = ("trigger", "trigger_params", "conditions")
KNOWN_FROM = 28 * DAY
FEWEST_DAYS = 7
"""On which it asked; of fewer nothing is said about a week."""


@dataclass(frozen=True)
class Amount:
    """`cost` in words; empty where it is next to nothing or the club names no price."""

    messages: float
    cost: str

    def __str__(self) -> str:
        n = round(self.messages)
        said = _("no messages")
        if n:
            said = ngettext("about %(n)s message", "about %(n)s messages", n) % {"n": f"{n:,}"}
        elif self.messages:
            said = _("fewer than one message")
        return _("%(messages)s, for %(cost)s") % {"messages": said, "cost": self.cost} if self.cost else said


def amount(workflow: Workflow, steps: Sequence[Step], members: float) -> Amount:
    """If each of the members takes every step and is reached by its first way; of several wordings, as often as each comes.

    One query.
    """
    club = workflow.club
    sent = [step.action_params for step in steps if step.action == SendMessage.kind]
    slugs = {slug for params in sent for slug in wordings(params).values()}
    templates = MessageTemplate.objects.filter(club=club, slug__in=slugs)
    prices = {template.slug: _price_of(template, club) for template in templates}
    each = sum(_price(params, prices) for params in sent)
    price = round(members * each / 10_000) * 10_000
    return Amount(
        messages=members * sum(bool(wordings(params)) for params in sent),
        cost=small_money_in_words(price, club.currency, club.locale) if price else "",
    )


def estimate(
    workflow: Workflow, steps: Sequence[Step], *, due: int, is_more: bool = False, now: dt.datetime
) -> str:
    """A week by the last four, where it asked the same on enough days; else of those due now; empty if it sends nothing.

    `due`: how many are, or how many at least if it `is_more`. Four queries at most.
    """
    if not any(step.action == SendMessage.kind for step in steps):
        return ""
    if known := _known(workflow, steps, due, is_more, now):
        return f"{known} {_('Every step is counted as taken by everybody.')}"
    return _("Nobody is due now, so that nothing can be told yet of messages a week.")


def _known(workflow: Workflow, steps: Sequence[Step], due: int, is_more: bool, now: dt.datetime) -> str:
    """Empty where nothing is known."""
    days = _days_asked(workflow, now)
    if days >= FEWEST_DAYS:
        entered = Enrollment.objects.filter(workflow=workflow.pk, enrolled_at__gt=now - KNOWN_FROM)
        a_week = entered.exclude(end_reason=Reason.CONTROL).count() * 7 / days
        said = _("By the last %(days)s days on which it asked: %(amount)s a week.")
        return said % {"days": days, "amount": amount(workflow, steps, a_week)}
    trigger = TRIGGERS[workflow.trigger]
    if trigger.kind == Manual.kind:
        said = _("For each member for whom it is started: %(amount)s.")
        return said % {"amount": amount(workflow, steps, 1)}
    if not due:
        return ""
    said = _("Next check: %(amount)s.") if days else _("First night: %(amount)s.")
    if is_more:
        said = _("Next check: %(amount)s or more.") if days else _("First night: %(amount)s or more.")
    then = (
        _("What a week makes, looking back tells.")
        if trigger.looks_back
        else _("What comes after cannot be told yet.")
    )
    return f"{said % {'amount': amount(workflow, steps, due)}} {then}"


def _days_asked(workflow: Workflow, now: dt.datetime) -> int:
    """On how many of the last 28 days it asked what it asks now; 0 where another question is being typed."""
    stored = Workflow.objects.filter(pk=workflow.pk).first()
    if stored is None or any(_told(getattr(stored, each)) != _told(getattr(workflow, each)) for each in ASKS):
        return 0
    runs = WorkflowRun.objects.filter(
        workflow=workflow.pk, kind=WorkflowRun.Kind.DAILY, as_of__gt=now - KNOWN_FROM
    )
    return runs.values("checked_on").distinct().count()


def _told(value: Any) -> Any:
    # What is left empty may be stored or not.
    return (
        {name: of for name, of in value.items() if of not in (None, "")} if isinstance(value, dict) else value
    )


def _price_of(template: MessageTemplate, club: Club) -> int:
    """In millionths of the currency's unit; what is billed in US dollars counts where these are the club's currency."""
    if template.channel == Channel.SMS:
        return count_parts(template.text_body).parts * club.sms_part_price
    in_dollars = {Channel.EMAIL: club.email_price, Channel.WHATSAPP: club.whatsapp_price}
    return in_dollars.get(Channel(template.channel), 0) if club.currency == "USD" else 0


def _price(params: Params, prices: Mapping[str, int]) -> float:
    """Of a message of a step, on average."""
    each = shares(params)
    of_all = sum(each[letter] * prices.get(slug, 0) for letter, slug in wordings(params).items())
    return of_all / sum(each.values()) if each else 0.0
