"""A system check: every stored workflow still fits the forms of its trigger and of its steps' actions."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ValidationError
from django.db import connections


@register(Tags.database)
def stored_workflows_fit(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Run by `check --database default` and by `migrate`; says which workflow or step does not fit and why."""
    from automations.models import Step, Workflow

    problems: list[CheckMessage] = []
    for database in databases or []:
        if Step._meta.db_table not in connections[database].introspection.table_names():
            continue
        for row in (
            *Workflow.objects.using(database).select_related("club"),
            *Step.objects.using(database).select_related("workflow__club"),
        ):
            try:
                row.clean()
            except ValidationError as refused:
                problems.append(Error(" ".join(refused.messages), obj=row, id="automations.E001"))
    return problems
