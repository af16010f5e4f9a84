"""Send a message from a template."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.db.models import Max, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions.base import Action, StepOutcome
from automations.blocks import BlockForm, Params
from automations.models import Enrollment, StepRun
from automations.triggers import TRIGGERS
from members.models import Club
from members.rules.days import AwayClock
from messaging.models import Message, MessageTemplate
from messaging.operations.by_hand import ORIGIN as BY_HAND
from messaging.operations.outbox import queue_messages

SENT_BY_HAND = "sent_by_hand"
"""Why the step was skipped: a person was quicker."""


class SendMessageForm(BlockForm):
    template = forms.ChoiceField(label=gettext_lazy("Message template"))
    booking_link = forms.URLField(
        label=gettext_lazy("Booking link"),
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("Instead of the club's, in this message only."),
    )

    def for_club(self, club: Club | None) -> None:
        templates = MessageTemplate.objects.filter(club=club) if club else MessageTemplate.objects.none()
        field = self.fields["template"]
        assert isinstance(field, forms.ChoiceField)
        # None is chosen for a person who did not choose.
        field.choices = [("", "---------")] + [
            (t.slug, f"{t.name} ({t.get_channel_display()})") for t in templates
        ]


class SendMessage(Action):
    kind = "send_message"
    label = gettext_lazy("Send a message")
    Form = SendMessageForm

    def sentence(self, params: Params) -> str:
        return _("send the message “%(template)s”") % params

    def named(self, params: Params, club: Club) -> Params:
        prefetch_related_objects([club], "message_templates")
        names = {template.slug: template.name for template in club.message_templates.all()}
        return {**params, "template": names.get(params["template"], params["template"])}

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        workflow = batch[0].workflow
        template = MessageTemplate.objects.filter(club=workflow.club_id, slug=params["template"]).first()
        if template is None:
            error = _("There is no template “%(template)s” any more.") % params
            return {enrollment.pk: StepOutcome(StepRun.Outcome.FAILED, error=error) for enrollment in batch}
        own = {"booking_link": link} if (link := params.get("booking_link")) else {}
        trigger, clock = TRIGGERS[workflow.trigger], AwayClock.of(workflow.club, now)
        told = _told_by_hand(batch, template, now)
        to_tell = [enrollment for enrollment in batch if enrollment.pk not in told]
        messages = queue_messages(
            template=template,
            recipients=[
                (enrollment.member, trigger.context(enrollment.occurrence, clock) | own)
                for enrollment in to_tell
            ],
            origin=workflow.slug,
            now=now,
            patience=workflow.patience,
        )
        return {pk: StepOutcome(StepRun.Outcome.SKIPPED, reason=SENT_BY_HAND) for pk in told} | {
            enrollment.pk: StepOutcome(StepRun.Outcome.DONE, message=message)
            for enrollment, message in zip(to_tell, messages, strict=True)
        }


def _told_by_hand(batch: Sequence[Enrollment], template: MessageTemplate, now: dt.datetime) -> set[int]:
    """The enrollments whose member got these words from a person, or is about to, since what it is about began."""
    by_hand: dict[int, dt.datetime] = dict(
        Message.objects.filter(
            member__in={enrollment.member_id for enrollment in batch}, template=template, origin=BY_HAND
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
    asked = trigger.occurrences(workflow.club, now, trigger.clean(workflow.trigger_params, workflow.club))
    began = dict(asked.members.filter(pk__in=by_hand).annotate(fact=asked.fact_at).values_list("pk", "fact"))
    return {
        enrollment.pk
        for enrollment in batch
        if (at := by_hand.get(enrollment.member_id))
        and at >= (began.get(enrollment.member_id) or enrollment.enrolled_at)
    }
