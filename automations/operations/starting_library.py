"""The starting templates and workflows, copied into a club; switched off until its staff turn them on."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from automations.models import Step, Workflow
from members.models import Club
from messaging.models import MessageTemplate


@dataclass(frozen=True)
class Starting:
    """One of the library: its workflow and steps, not saved, and the templates that the steps use."""

    workflow: Workflow
    steps: list[Step]
    templates: list[MessageTemplate]


def starting_library(club: Club) -> list[Starting]:
    """All of them as they would be this club's, in the order of the categories."""
    templates = {
        fields["slug"]: MessageTemplate(**fields | {"club": club}) for _model, fields in _fixture("templates")
    }
    steps: dict[str, list[dict[str, Any]]] = {}
    workflows = []
    for model, fields in _fixture("workflows"):
        if model == "automations.workflow":
            workflows.append(Workflow(**fields | {"club": club, "is_enabled": False}))
        else:
            steps.setdefault(fields["workflow"][1], []).append(fields)
    order = list(Workflow.Category)
    workflows.sort(key=lambda workflow: order.index(Workflow.Category(workflow.category)))
    return [
        Starting(
            workflow,
            [Step(**fields | {"workflow": workflow}) for fields in steps[workflow.slug]],
            [templates[slug] for slug in dict.fromkeys(_used(steps[workflow.slug])) if slug in templates],
        )
        for workflow in workflows
    ]


@transaction.atomic
def add_starting_workflows(*, club: Club, slugs: Collection[str] | None = None) -> list[Workflow]:
    """Copy those with these short names, or all, with the templates that they use; the workflows that were added.

    Templates and workflows that the club already has stay as its staff left them.
    """
    here = set(Workflow.objects.filter(club=club).values_list("slug", flat=True))
    written = set(MessageTemplate.objects.filter(club=club).values_list("slug", flat=True))
    added = []
    for one in starting_library(club):
        if one.workflow.slug in here or (slugs is not None and one.workflow.slug not in slugs):
            continue
        for template in one.templates:
            if template.slug not in written:
                template.full_clean()
                template.save()
                written.add(template.slug)
        one.workflow.full_clean()
        one.workflow.save()
        for step in one.steps:
            step.workflow = one.workflow
            step.full_clean()
            step.save()
        added.append(one.workflow)
    return added


def _used(steps: list[dict[str, Any]]) -> Iterator[str]:
    for step in steps:
        for value in step["action_params"].values():
            # The parameters name templates by their short names, whichever they call them.
            if isinstance(value, str):
                yield value


def _fixture(name: str) -> list[tuple[str, dict[str, Any]]]:
    path = settings.BASE_DIR / "fixtures" / f"{name}.json"
    return [(row["model"], row["fields"]) for row in json.loads(path.read_text(encoding="utf-8"))]
