"""A workflow whose check of the day is made, so that tomorrow's is the next one."""

import datetime as dt

from tests.factories import NOW, MessageTemplateFactory, StepFactory, WorkflowRunFactory

OPENS = NOW.replace(hour=8) + dt.timedelta(days=1)
"""When tomorrow's quiet hours end."""


def missed_class(**more):
    """Followed up from seven days on; asked at 4 in the morning, so that texts leave at 8."""
    step = StepFactory(**more)
    template = MessageTemplateFactory(
        club=step.workflow.club, text_body="Hey {{ first_name }}, {{ days_away }} days"
    )
    step.action_params = {"template": template.slug}
    step.save()
    return step.workflow


def checked(workflow, now=NOW):
    """Its check of the day is made."""
    WorkflowRunFactory(workflow=workflow, kind="daily", as_of=now, finished_at=now)


def asked_today(**more):
    """`missed_class` whose check of the day is made."""
    workflow = missed_class(**more)
    checked(workflow)
    return workflow
