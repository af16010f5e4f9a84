"""The JSON of `loaddata` and `dumpdata`: Django's own, but loading never touches what staff have made theirs.

A club with its settings, templates, workflows with their steps, and the schedule are given once; from then on they
belong to the staff.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Group
from django.core.serializers import json
from django.core.serializers.base import DeserializedObject
from django.db import DEFAULT_DB_ALIAS, models
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from automations.models import Step, Workflow
from members.models import Club
from messaging.models import MessageTemplate

Serializer = json.Serializer

# What makes a row the same one, whatever staff have changed in it since.
GIVEN_ONCE: dict[type[models.Model], tuple[str, ...]] = {
    Club: ("slug",),
    Group: ("name",),
    MessageTemplate: ("club_id", "slug"),
    Workflow: ("club_id", "slug"),
    PeriodicTask: ("name",),
    IntervalSchedule: ("pk",),
    CrontabSchedule: ("pk",),
}


class Kept(DeserializedObject):
    """A row that is there already. It is yielded all the same, since `loaddata` takes a file of no rows for broken."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        pass


def Deserializer(
    stream_or_string: Any, *, using: str = DEFAULT_DB_ALIAS, **options: Any
) -> Iterator[DeserializedObject]:
    new_workflows: list[Workflow] = []
    for loaded in json.Deserializer(stream_or_string, using=using, **options):
        row = loaded.object
        # By workflow, not by position: a step that staff deleted must not come back.
        is_kept = (
            all(row.workflow_id != workflow.pk for workflow in new_workflows)
            if isinstance(row, Step)
            else _is_stored(row, using)
        )
        if isinstance(row, Workflow) and not is_kept:
            new_workflows.append(row)
        if isinstance(row, PeriodicTask) and row.pk is None:
            # The schedule is new from here on: a nightly job is not late because its file is old.
            row.date_changed = timezone.now().replace(microsecond=0)
        yield Kept(row) if is_kept else loaded


def _is_stored(row: models.Model, using: str) -> bool:
    if not (key := GIVEN_ONCE.get(type(row))):
        return False
    rows = type(row)._default_manager.using(using)
    return rows.filter(**{name: getattr(row, name) for name in key}).exists()
