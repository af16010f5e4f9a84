"""Says what needs a template apart from workflows: whoever writes HELP, and messages that wait to leave with its words."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Channel, Message, MessageTemplate
from messaging.operations.keywords import HELP_TEMPLATES
from messaging.signals import TemplateUse, template_uses


@receiver(template_uses, dispatch_uid="messaging.template_uses")
def answers_to_help(templates: Sequence[MessageTemplate], **_kwargs: Any) -> list[TemplateUse]:
    return [
        TemplateUse(
            template_id=template.pk,
            place=_("Answers to HELP"),
            url=reverse("admin:messaging_inboundmessage_changelist"),
            permission="messaging.view_inboundmessage",
            refusal=_(
                "“%(template)s” is what whoever writes HELP is answered. Please change its words instead of deleting it."
            )
            % {"template": template},
        )
        for template in templates
        if template.slug == HELP_TEMPLATES.get(Channel(template.channel))
    ]


def refusals_of_waiting(templates: Sequence[MessageTemplate]) -> list[str]:
    """A sentence for each of them with which messages wait to leave; one query."""
    waiting = Message.objects.filter(
        template__in=templates, status__in=[Message.Status.QUEUED, Message.Status.CLAIMED]
    )
    numbers = dict(waiting.order_by().values_list("template").annotate(Count("pk")))
    return [
        ngettext(
            "%(number)s message waits to leave in the words of “%(template)s”. Please let it leave first, or stop it.",
            "%(number)s messages wait to leave in the words of “%(template)s”. Please let them leave first, or stop them.",
            numbers[template.pk],
        )
        % {"number": numbers[template.pk], "template": template}
        for template in templates
        if template.pk in numbers
    ]
