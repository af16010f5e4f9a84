"""A system check: every stored workflow still fits the forms of its trigger and of its steps' actions."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connections, transaction
from django.db.migrations.executor import MigrationExecutor


@register(Tags.database)
def stored_workflows_fit(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Run by `check --database default` and by `migrate`; says which segment, workflow or step does not fit and why.

    Nothing before the tables have all the columns that it reads, as when a newer version is about to migrate them.
    """
    from automations.models import Segment, Step, Workflow

    problems: list[CheckMessage] = []
    for database in databases or []:
        if Step._meta.db_table not in connections[database].introspection.table_names():
            continue
        try:
            with transaction.atomic(using=database):
                rows = [
                    *Segment.objects.using(database).select_related("club"),
                    *Workflow.objects.using(database).select_related("club"),
                    *Step.objects.using(database).select_related("workflow__club"),
                ]
                problems += [problem for row in rows if (problem := _problem(row))]
        except DatabaseError:
            if not _is_about_to_migrate(database):
                raise
    return problems


def _problem(row: Any) -> Error | None:
    try:
        row.clean()
    except ValidationError as refused:
        return Error(" ".join(refused.messages), obj=row, id="automations.E001")
    return None


def _is_about_to_migrate(database: str) -> bool:
    executor = MigrationExecutor(connections[database])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
