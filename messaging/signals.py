"""What the words ask of the apps above, without knowing who answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.dispatch import Signal

from messaging.models import MessageTemplate

template_uses = Signal()
"""Sent with `templates`; each receiver answers with a list of TemplateUse, in no more queries for many than for one."""

message_queued = Signal()
"""Sent inside the transaction when a person put a message into the outbox, so that it need not wait for the schedule."""

link_asked = Signal()
"""Sent inside the transaction in which a member asked for a link to sign in, who waits for it."""

messages_skipped = Signal()
"""Sent inside the transaction that ends `messages`, all with the same `reason`, as of `now`."""


@dataclass(frozen=True)
class TemplateUse:
    """One place that sends a template, which is therefore not deleted."""

    template_id: int
    place: str
    url: str
    permission: str
    """What it takes to open the place, such as `app.view_model`."""
    refusal: str
    """What to do before the template may be deleted, as a sentence."""


def uses_of(templates: Sequence[MessageTemplate]) -> dict[int, list[TemplateUse]]:
    """Every place that sends one of them, by the template's id."""
    uses: dict[int, list[TemplateUse]] = {template.pk: [] for template in templates}
    answers: list[tuple[Any, Any]] = template_uses.send(MessageTemplate, templates=templates)
    for _receiver, answer in answers:
        for use in answer:
            uses[use.template_id].append(use)
    return uses
