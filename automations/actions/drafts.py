"""What a step that sends a message would say to each of a batch, and by which way; asked for in earnest or for a look ahead."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Max
from django.utils.translation import gettext as _

from automations.actions.make_offer import MakeOffer, offer_values
from automations.actions.ways import Way, ways_for
from automations.actions.wordings import wordings
from automations.blocks import Params
from automations.models import Enrollment, Workflow
from automations.triggers import TRIGGERS
from members.rules.days import AwayClock
from messaging.models import Message, MessageTemplate
from messaging.operations.by_hand import ORIGIN as BY_HAND


class TemplateGone(Exception):
    """A template that the step names does not exist any more; says which."""


@dataclass(frozen=True)
class Draft:
    """`values`: what the placeholders stand for beyond the member's own."""

    way: Way
    values: dict[str, str]


def drafts_for(
    batch: Sequence[Enrollment], params: Params, now: dt.datetime, *, in_earnest: bool = True
) -> dict[int, Draft]:
    """By enrollment, all before one step of one workflow; whoever was told by a person already is not in the answer.

    Raises TemplateGone. Not `in_earnest` it writes nothing: which of several wordings a new member gets is drawn in the
    same way, and not kept.
    """
    workflow = batch[0].workflow
    said = wordings(params)
    slugs = {*said.values(), params.get("fallback") or params["template"]}
    templates = {
        template.slug: template
        for template in MessageTemplate.objects.filter(club=workflow.club_id, slug__in=slugs)
    }
    if gone := slugs - templates.keys():
        raise TemplateGone(_("There is no template “%(template)s” any more.") % {"template": min(gone)})
    told = _told_by_hand(batch, templates.values(), now)
    to_tell = [enrollment for enrollment in batch if enrollment.pk not in told]
    ways = ways_for(to_tell, templates[params["template"]], params, templates, now, keeps_variants=in_earnest)
    values = _values(to_tell, params, now)
    return {enrollment.pk: Draft(ways[enrollment.pk], values[enrollment.pk]) for enrollment in to_tell}


def _values(batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, dict[str, str]]:
    """By enrollment, what its placeholders stand for beyond the member's own: of the occurrence, of the steps before,
    and of this step; later wins."""
    if not batch:
        return {}
    workflow = batch[0].workflow
    trigger, clock = TRIGGERS[workflow.trigger], AwayClock.of(workflow.club, now)
    contexts = trigger.contexts({enrollment.occurrence for enrollment in batch}, clock)
    offers = offer_values(batch, _steps_that_offer(workflow))
    own = {"booking_link": link} if (link := params.get("booking_link")) else {}
    return {
        enrollment.pk: contexts.get(enrollment.occurrence, {}) | offers.get(enrollment.pk, {}) | own
        for enrollment in batch
    }


def _steps_that_offer(workflow: Workflow) -> list[int]:
    return list(workflow.steps.filter(action=MakeOffer.kind).values_list("pk", flat=True))


def _told_by_hand(
    batch: Sequence[Enrollment], templates: Collection[MessageTemplate], now: dt.datetime
) -> set[int]:
    """The enrollments whose member got one of these from a person, or is about to, since what it is about began."""
    by_hand: dict[int, dt.datetime] = dict(
        Message.objects.filter(
            member__in={enrollment.member_id for enrollment in batch},
            template__in=[template.pk for template in templates],
            origin=BY_HAND,
        )
        .exclude(status__in=[Message.Status.SKIPPED, Message.Status.FAILED])
        .order_by()
        .values_list("member")
        .annotate(Max("created_at"))
    )
    if not by_hand:
        return set()
    workflow = batch[0].workflow
    trigger = TRIGGERS[workflow.trigger]
    began: dict[int, dt.datetime | None] = {}
    if not trigger.several:
        asked = trigger.occurrences(
            workflow.club,
            now,
            trigger.clean(workflow.trigger_params, workflow.club),
            Enrollment.objects.filter(workflow=workflow),
        )
        facts = asked.members.filter(pk__in=by_hand).annotate(fact=asked.fact_at)
        began = dict(facts.values_list("pk", "fact"))
    return {
        enrollment.pk
        for enrollment in batch
        if (at := by_hand.get(enrollment.member_id))
        and at >= (began.get(enrollment.member_id) or enrollment.enrolled_at)
    }
