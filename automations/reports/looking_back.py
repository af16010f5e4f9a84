"""What a workflow would have done over the last 90 days, what that makes a week, and what its texts would cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automations.actions.send_message import SendMessage
from automations.actions.wordings import shares, wordings
from automations.blocks import Params
from automations.engine.looking_back import DAYS, LookBack
from automations.models import Step, Workflow
from members.rules.wording import small_money_in_words
from messaging.models import Channel, MessageTemplate
from messaging.rules.sms_parts import count_parts

WEEKS = DAYS / 7


@dataclass(frozen=True)
class AWeek:
    """`cost` of the texts in words; empty where there are none or the club names no price."""

    messages: int
    cost: str


def a_week(workflow: Workflow, steps: Sequence[Step], found: LookBack) -> AWeek:
    """On average, if everybody takes every step and is reached by its first way; of several wordings, as often as each comes.

    One query.
    """
    club = workflow.club
    sent = [step.action_params for step in steps if step.action == SendMessage.kind]
    slugs = {slug for params in sent for slug in wordings(params).values()}
    texts = MessageTemplate.objects.filter(club=club, slug__in=slugs, channel=Channel.SMS)
    parts = {text.slug: count_parts(text.text_body).parts for text in texts}
    each = sum(_parts(params, parts) for params in sent)
    price = round(found.followed_up / WEEKS * each * club.sms_part_price / 10_000) * 10_000
    return AWeek(
        messages=round(found.followed_up / WEEKS * sum(bool(wordings(params)) for params in sent)),
        cost=small_money_in_words(price, club.currency, club.locale) if price else "",
    )


def _parts(params: Params, parts: Mapping[str, int]) -> float:
    """Of the texts of a step, on average; none of what is no text."""
    each = shares(params)
    of_all = sum(each[letter] * parts.get(slug, 0) for letter, slug in wordings(params).items())
    return of_all / sum(each.values()) if each else 0.0
