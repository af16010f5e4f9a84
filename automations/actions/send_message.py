"""Send a message from a template, or where it cannot reach somebody another one, or hand the case to a person."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db.models import Max, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions.base import Action, StepOutcome, cause_of
from automations.actions.make_offer import MakeOffer, offer_values
from automations.actions.ways import ways_for
from automations.actions.wordings import TEMPLATES, SendMessageForm, in_words, wordings
from automations.blocks import Params
from automations.models import Enrollment, StepRun, Workflow
from automations.triggers import TRIGGERS
from members.models import Club, StaffTask
from members.operations.staff_tasks import open_staff_tasks
from members.rules.days import AwayClock
from messaging.models import Message, MessageTemplate
from messaging.operations.by_hand import ORIGIN as BY_HAND
from messaging.operations.outbox import queue_messages

SENT_BY_HAND = "sent_by_hand"
"""Why the step was skipped: a person was quicker."""

DUE_IN_DAYS = 2


class SendMessage(Action):
    kind = "send_message"
    label = gettext_lazy("Send a message")
    Form = SendMessageForm

    def locks_club(self, params: Params) -> bool:
        return bool(params.get("fallback_task"))

    def sentence(self, params: Params) -> str:
        return in_words(params)

    def named(self, params: Params, club: Club) -> Params:
        prefetch_related_objects([club], "message_templates")
        names = {template.slug: template.name for template in club.message_templates.all()}
        named = {name: names.get(slug, slug) for name in TEMPLATES if (slug := params.get(name))}
        return {**params, **named}

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        workflow = batch[0].workflow
        said = wordings(params)
        slugs = {*said.values(), params.get("fallback") or params["template"]}
        templates = {
            template.slug: template
            for template in MessageTemplate.objects.filter(club=workflow.club_id, slug__in=slugs)
        }
        if gone := slugs - templates.keys():
            error = _("There is no template “%(template)s” any more.") % {"template": min(gone)}
            return {enrollment.pk: StepOutcome(StepRun.Outcome.FAILED, error=error) for enrollment in batch}
        told = _told_by_hand(batch, templates.values(), now)
        outcomes = {pk: StepOutcome(StepRun.Outcome.SKIPPED, reason=SENT_BY_HAND) for pk in told}
        to_tell = [enrollment for enrollment in batch if enrollment.pk not in told]
        ways = ways_for(to_tell, templates[params["template"]], params, templates, now)
        values = _values(to_tell, params, now)
        for template in templates.values():
            those = [enrollment for enrollment in to_tell if ways[enrollment.pk].template == template]
            messages = queue_messages(
                template=template,
                recipients=[(enrollment.member, values[enrollment.pk]) for enrollment in those],
                origin=workflow.slug,
                now=now,
                patience=workflow.patience,
                priority=Message.Priority(workflow.priority),
                is_capped=workflow.is_capped,
            )
            for enrollment, message in zip(those, messages, strict=True):
                outcomes[enrollment.pk] = ways[enrollment.pk].outcome(message=message)
        left = [enrollment for enrollment in to_tell if ways[enrollment.pk].template is None]
        if left:
            tasks = open_staff_tasks(
                club=workflow.club,
                causes=[(enrollment.member, cause_of(enrollment)) for enrollment in left],
                description=params["fallback_task"],
                priority=StaffTask.Priority.MEDIUM,
                due_in_days=DUE_IN_DAYS,
                to_trainer=True,
                now=now,
            )
            for enrollment, task in zip(left, tasks, strict=True):
                outcomes[enrollment.pk] = ways[enrollment.pk].outcome(staff_task=task)
        return outcomes


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
        enrollment.pk: contexts[enrollment.occurrence] | offers.get(enrollment.pk, {}) | own
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
