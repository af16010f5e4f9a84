"""The JSON of `loaddata` and `dumpdata`: Django's own, but loading never touches what staff have made theirs.

A club with its settings, templates, workflows with their steps, and the schedule are given once; from then on they
belong to the staff. What a file builds upon has to be there first, and is told in a sentence where it is not.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Group
from django.core.management import CommandError
from django.core.serializers import json
from django.core.serializers.base import DEFER_FIELD, DeserializationError, DeserializedObject
from django.db import DEFAULT_DB_ALIAS, models
from django.utils import timezone
from django.utils.functional import cached_property
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from automations.models import Step, Workflow
from members.models import Agreement, Club, Member
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

# Where what others build upon comes from.
COMES_FROM: dict[type[models.Model], str] = {Club: "members", Member: "members", Agreement: "agreements"}


class Kept(DeserializedObject):
    """A row that is there already. It is yielded all the same, since `loaddata` takes a file of no rows for broken."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        pass


class Afresh(DeserializedObject):
    """A member who is there already: the facts are those of the file, what was worked out of them stays until it is again."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        facts = {field.name for field in Member._meta.concrete_fields if not field.primary_key}
        super().save(*args, update_fields=facts - set(Member.WORKED_OUT), **kwargs)


class WithFirstVersion(DeserializedObject):
    """A workflow, one of its steps or a template that is new: what it was from the file can be brought back once it is edited.

    The history itself leaves out what comes from a file.
    """

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        type(self.object).history.bulk_history_create([self.object])  # type: ignore[attr-defined]


class Rows(json.Deserializer):
    """Django's own, except that what a row names has to be stored or to come in the same file."""

    @cached_property
    def kinds(self) -> set[str]:
        return {row["model"] for row in self.stream}  # type: ignore[call-overload, index]

    def _handle_fk_field_node(self, field: models.ForeignKey[Any, Any], value: Any) -> Any:
        key = super()._handle_fk_field_node(field, value)  # type: ignore[misc]
        needed = field.related_model
        if key == DEFER_FIELD and needed._meta.label_lower not in self.kinds:
            raise CommandError(_refusal(needed, value))
        return key


def _refusal(needed: type[models.Model], named: list[str]) -> str:
    refusal = (
        f"Nothing was loaded: this builds upon the {needed._meta.verbose_name} “{named[-1]}”, not stored yet."
    )
    if source := COMES_FROM.get(needed):
        refusal += f" Load that first: manage.py loaddata {source}"
    if needed is Club:
        refusal += "\nFor a club of your own there is: manage.py add_starting_workflows"
    return refusal


def Deserializer(
    stream_or_string: Any, *, using: str = DEFAULT_DB_ALIAS, **options: Any
) -> Iterator[DeserializedObject]:
    new_workflows: list[Workflow] = []
    for loaded in _rows(stream_or_string, using=using, **options):
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
        if isinstance(row, Member) and not row.follow_up_status and _is_there(row, using):
            loaded = Afresh(row, loaded.m2m_data, loaded.deferred_fields)
        if isinstance(row, Workflow | Step | MessageTemplate):
            loaded = WithFirstVersion(row, loaded.m2m_data, loaded.deferred_fields)
        yield Kept(row) if is_kept else loaded


def _rows(stream_or_string: Any, **options: Any) -> Iterator[DeserializedObject]:
    try:
        yield from Rows(stream_or_string, **options)
    except DeserializationError as error:
        # Django wraps whatever is raised within a field.
        if isinstance(error.__context__, CommandError):
            raise error.__context__ from None
        raise


def _is_there(row: Member, using: str) -> bool:
    return Member.objects.using(using).filter(pk=row.pk).exists()


def _is_stored(row: models.Model, using: str) -> bool:
    if not (key := GIVEN_ONCE.get(type(row))):
        return False
    rows = type(row)._default_manager.using(using)
    return rows.filter(**{name: getattr(row, name) for name in key}).exists()
