"""Which workflows that are on ask about the same members and reach them by the same channel, so that some get both."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.actions.send_message import SendMessage
from automations.actions.wordings import templates_named
from automations.blocks import UnknownBlock
from automations.models import Step, Workflow
from automations.triggers import TRIGGERS
from messaging.models import Channel


def overlap_in_words(workflow: Workflow, drafted: Sequence[Step] | None = None) -> str:
    """One sentence that names the others; empty if there are none. Three queries at most.

    With the stored steps, or those `drafted`; `workflow` need not be saved.
    """
    club = workflow.club
    prefetch_related_objects([club], "message_templates")
    templates = {template.slug: template.channel for template in club.message_templates.all()}
    channels = _channels(workflow.steps.all() if drafted is None else drafted, templates)
    others: list[str] = []
    shared: set[str] = set()
    if not channels:
        return ""
    enabled = Workflow.objects.filter(club=club, is_enabled=True, trigger=workflow.trigger)
    for other in enabled.exclude(pk=workflow.pk).prefetch_related("steps").order_by("name"):
        both = channels & _channels(other.steps.all(), templates)
        if both and _asks_about_the_same(workflow, other):
            others.append(other.name)
            shared |= both
    if not others:
        return ""
    said = ngettext(
        "%(names)s is on, too, and asks about some of the same members by %(channels)s: they would get messages of both.",
        "%(names)s are on, too, and ask about some of the same members by %(channels)s: they would get messages of each.",
        len(others),
    )
    return said % {
        "names": ", ".join(_("“%(name)s”") % {"name": name} for name in others),
        "channels": _(" and ").join(str(channel.label) for channel in Channel if channel in shared),
    }


def _channels(steps: Iterable[Step], templates: dict[str, str]) -> set[str]:
    """By which the steps reach somebody: in each of their wordings, and where that fails by another way."""
    sent = (templates_named(step.action_params) for step in steps if step.action == SendMessage.kind)
    return {templates[slug] for slugs in sent for slug in slugs if slug in templates}


def _asks_about_the_same(workflow: Workflow, other: Workflow) -> bool:
    """False where one of the two cannot be read; its own page says why."""
    try:
        trigger = TRIGGERS[workflow.trigger]
        mine, theirs = (trigger.clean(one.trigger_params, workflow.club) for one in (workflow, other))
    except (UnknownBlock, ValidationError):
        return False
    return trigger.overlaps(mine, theirs)
