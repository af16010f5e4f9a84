"""Says which steps send a template: shown with it, and it is not deleted from under them."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from automations.actions.send_message import SendMessage
from automations.actions.wordings import TEMPLATES, templates_named
from automations.models import Step
from messaging.models import MessageTemplate
from messaging.signals import TemplateUse, template_uses


@receiver(template_uses, dispatch_uid="automations.template_uses")
def steps_that_send(templates: Sequence[MessageTemplate], **_kwargs: Any) -> list[TemplateUse]:
    ids = {(template.club_id, template.slug): template.pk for template in templates}
    slugs = [slug for _club, slug in ids]
    named = reduce(or_, (Q(**{f"action_params__{name}__in": slugs}) for name in TEMPLATES))
    steps = Step.objects.filter(
        named, workflow__club__in={club for club, _slug in ids}, action=SendMessage.kind
    ).select_related("workflow")
    return [
        TemplateUse(
            template_id=ids[sends],
            place=_("%(workflow)s, step %(position)s")
            % {"workflow": step.workflow, "position": step.position},
            url=reverse("admin:automations_workflow_change", args=[step.workflow_id]),
            permission="automations.view_workflow",
            refusal=_(
                "“%(workflow)s” sends it in step %(position)s. Please choose another message there first."
            )
            % {"workflow": step.workflow, "position": step.position},
        )
        for step in steps
        for slug in sorted(set(templates_named(step.action_params)))
        if (sends := (step.workflow.club_id, slug)) in ids
    ]
