"""Send a message from a template, or where it cannot reach somebody another one, or hand the case to a person."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy

from automations.actions.base import Action, StepOutcome, cause_of
from automations.actions.drafts import TemplateGone, drafts_for
from automations.actions.planned_copies import hand_on
from automations.actions.wordings import TEMPLATES, SendMessageForm, in_words
from automations.blocks import Params
from automations.models import Enrollment, StepRun
from members.models import Club, StaffTask
from members.operations.staff_tasks import open_staff_tasks
from messaging.models import Message, MessageTemplate
from messaging.operations.families import address_keys
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
        try:
            drafts = drafts_for(batch, params, now)
        except TemplateGone as gone:
            return {e.pk: StepOutcome(StepRun.Outcome.FAILED, error=str(gone)) for e in batch}
        outcomes = {
            enrollment.pk: StepOutcome(StepRun.Outcome.SKIPPED, reason=SENT_BY_HAND)
            for enrollment in batch
            if enrollment.pk not in drafts
        }
        by_wording: dict[tuple[MessageTemplate, str], list[Enrollment]] = defaultdict(list)
        left: list[Enrollment] = []
        for enrollment in batch:
            if draft := drafts.get(enrollment.pk):
                way = draft.way
                (by_wording[way.template, way.variant] if way.template else left).append(enrollment)
        queued: dict[int, Message] = {}
        for (template, variant), those in by_wording.items():
            messages = queue_messages(
                template=template,
                variant=variant,
                recipients=[(enrollment.member, drafts[enrollment.pk].values) for enrollment in those],
                origin=workflow.slug,
                now=now,
                patience=workflow.patience,
                priority=Message.Priority(workflow.priority),
                is_capped=workflow.is_capped,
                address_keys=address_keys(
                    [enrollment.member for enrollment in those],
                    template,
                    cause=f"{workflow.slug}:{batch[0].step_id}",
                    club=workflow.club,
                    now=now,
                ),
            )
            for enrollment, message in zip(those, messages, strict=True):
                queued[enrollment.pk] = message
                outcomes[enrollment.pk] = drafts[enrollment.pk].way.outcome(message=message)
        if queued:
            hand_on(queued, step_id=batch[0].step_id)
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
                outcomes[enrollment.pk] = drafts[enrollment.pk].way.outcome(staff_task=task)
        return outcomes
