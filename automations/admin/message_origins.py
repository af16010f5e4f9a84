"""Tells the message log which workflow and which step asked for a message."""

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from automations.models import CorrectionRecipient, StepRun, Workflow
from automations.operations.oops import ORIGIN as CORRECTION
from members.admin.columns import link_to
from messaging.admin.origins import add_origins
from messaging.models import Message


class WorkflowOrigins:
    def choices(self, clubs: Sequence[int]) -> list[tuple[str, str]]:
        """One for each short name: the same workflow in several clubs is one choice."""
        found = Workflow.objects.filter(club__in=clubs).order_by("name").values_list("slug", "name")
        return list(dict(found[:1_000]).items())

    def links(self, messages: Sequence[Message]) -> dict[tuple[int, str], SafeString | str]:
        found = Workflow.objects.filter(
            club__in={message.club_id for message in messages},
            slug__in={message.origin for message in messages},
        )
        return {(workflow.club_id, workflow.slug): link_to(workflow) for workflow in found}

    def step(self, message: Message) -> SafeString | str:
        run = StepRun.objects.filter(message=message).select_related("enrollment__workflow").first()
        if run is None:
            return _correction(message) if message.origin == CORRECTION else ""
        step = link_to(run.enrollment, _("step %(number)s") % {"number": run.position})
        wording = _(", wording %(letter)s") % {"letter": run.variant} if run.variant else ""
        return format_html("{}, {}{}", link_to(run.enrollment.workflow), step, wording)


def _correction(message: Message) -> SafeString | str:
    told = CorrectionRecipient.objects.filter(message=message).select_related("correction__workflow").first()
    if told is None:
        return ""
    return format_html(_("Correction of {}"), link_to(told.correction.workflow))


add_origins(WorkflowOrigins())
