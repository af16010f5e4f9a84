"""Asking a trigger's question of one member, and a workflow that asks it."""

import datetime as dt
from typing import Any

from automations.engine.classification import Question
from automations.models import Workflow
from members.models import Club, Member
from tests.factories import MessageTemplateFactory, StepFactory, WorkflowFactory


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def decided(member: Member, now: dt.datetime, trigger: str, params: dict[str, Any], **values: Any) -> str:
    """What a workflow that is not saved decides, before any channel is asked."""
    workflow = WorkflowFactory.build(club=member.club, pk=0, trigger=trigger, trigger_params=params, **values)
    found: str = Question(workflow, now).members().values_list("decided", flat=True).get(pk=member.pk)
    return found


def workflow_for(
    club: Club, trigger: str, params: dict[str, Any], text: str = "Hi", **values: Any
) -> Workflow:
    """One that texts at once."""
    workflow: Workflow = WorkflowFactory(
        club=club, slug=trigger.replace("_", "-"), trigger=trigger, trigger_params=params, **values
    )
    template = MessageTemplateFactory(club=club, text_body=text)
    StepFactory(workflow=workflow, action_params={"template": template.slug})
    return workflow
