"""Send a message from a template."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions.base import Action, StepOutcome
from automations.blocks import BlockForm, Params
from automations.models import Enrollment, StepRun
from automations.triggers import TRIGGERS
from members.models import Club
from members.rules.days import AwayClock
from messaging.models import MessageTemplate
from messaging.operations.outbox import queue_messages


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
        field.choices = [(t.slug, f"{t.name} ({t.get_channel_display()})") for t in templates]


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
        messages = queue_messages(
            template=template,
            recipients=[
                (enrollment.member, trigger.context(enrollment.occurrence, clock) | own)
                for enrollment in batch
            ],
            origin=workflow.slug,
            now=now,
            patience=workflow.patience,
        )
        return {
            enrollment.pk: StepOutcome(StepRun.Outcome.DONE, message=message)
            for enrollment, message in zip(batch, messages, strict=True)
        }
