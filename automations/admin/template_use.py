"""Says which steps send a template, so that it is not deleted from under them."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from automations.actions.send_message import SendMessage
from automations.models import Step
from messaging.models import MessageTemplate
from messaging.signals import template_in_use


@receiver(template_in_use, dispatch_uid="automations.template_in_use")
def steps_that_send(template: MessageTemplate, **_kwargs: Any) -> list[str]:
    steps = Step.objects.filter(
        workflow__club=template.club_id, action=SendMessage.kind, action_params__template=template.slug
    ).select_related("workflow")
    return [
        _("“%(workflow)s” sends it in step %(position)s. Please choose another message there first.")
        % {"workflow": step.workflow, "position": step.position}
        for step in steps
    ]
