"""What a workflow would have done over the last 90 days, what that makes a week, and what its texts would cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from automations.actions.send_message import SendMessage
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
    """On average, if everybody takes every step; one query."""
    club = workflow.club
    slugs = [step.action_params.get("template") for step in steps if step.action == SendMessage.kind]
    templates = {
        template.slug: template
        for template in MessageTemplate.objects.filter(club=club, slug__in=[slug for slug in slugs if slug])
    }
    texts = [
        count_parts(templates[slug].text_body).parts
        for slug in slugs
        if slug in templates and templates[slug].channel == Channel.SMS
    ]
    price = round(found.followed_up / WEEKS * sum(texts) * club.sms_part_price / 10_000) * 10_000
    return AWeek(
        messages=round(found.followed_up / WEEKS * len(slugs)),
        cost=small_money_in_words(price, club.currency, club.locale) if price else "",
    )
