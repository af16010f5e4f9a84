"""Tells old versions of workflows in sentences, and their steps' versions among theirs."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from automations.actions import ACTIONS
from automations.blocks import UnknownBlock
from automations.models import Step, Workflow
from automations.triggers import TRIGGERS
from members.admin.histories import PARTS, WORDINGS


def trigger_sentence(version: Any) -> str:
    try:
        return TRIGGERS[version.trigger].sentence(version.trigger_params)
    except (UnknownBlock, ValidationError, LookupError):
        return str(version.trigger)


def action_sentence(version: Any) -> str:
    try:
        return ACTIONS[version.action].sentence(version.action_params)
    except (UnknownBlock, ValidationError, LookupError):
        return str(version.action)


def versions_of_steps(workflow_id: int) -> QuerySet[Any]:
    versions: QuerySet[Any] = Step.history.filter(workflow_id=workflow_id)
    return versions.select_related("history_user", "workflow").order_by("-history_date", "-history_id")


WORDINGS["automations.workflow.trigger"] = WORDINGS["automations.workflow.trigger_params"] = trigger_sentence
WORDINGS["automations.step.action"] = WORDINGS["automations.step.action_params"] = action_sentence
PARTS[Workflow] = [versions_of_steps]
