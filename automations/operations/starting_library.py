"""The starting templates and workflows, copied into a club; switched off until its staff turn them on."""

import json
from typing import Any

from django.conf import settings
from django.db import transaction

from automations.models import Step, Workflow
from members.models import Club
from messaging.models import MessageTemplate


@transaction.atomic
def add_starting_workflows(*, club: Club) -> list[Workflow]:
    """Copy those that the club does not have yet, by short name; the workflows that were added.

    Templates and workflows that the club already has stay as its staff left them.
    """
    for _model, fields in _fixture("templates"):
        if not MessageTemplate.objects.filter(club=club, slug=fields["slug"]).exists():
            template = MessageTemplate(**fields | {"club": club})
            template.full_clean()
            template.save()
    added: dict[str, Workflow] = {}
    for model, fields in _fixture("workflows"):
        if model == "automations.workflow":
            if not Workflow.objects.filter(club=club, slug=fields["slug"]).exists():
                workflow = Workflow(**fields | {"club": club, "is_enabled": False})
                workflow.full_clean()
                workflow.save()
                added[workflow.slug] = workflow
        elif owner := added.get(fields["workflow"][1]):
            step = Step(**fields | {"workflow": owner})
            step.full_clean()
            step.save()
    return list(added.values())


def _fixture(name: str) -> list[tuple[str, dict[str, Any]]]:
    path = settings.BASE_DIR / "fixtures" / f"{name}.json"
    return [(row["model"], row["fields"]) for row in json.loads(path.read_text(encoding="utf-8"))]
