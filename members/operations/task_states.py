"""What a person does with a staff task: takes it, notes something, closes it, opens it again. Two people never do it twice."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from members.models import StaffTask


class TaskMoved(Exception):
    """Somebody else was faster: the task is not in the state in which it was shown."""


@transaction.atomic
def close_task(*, task_id: int, note: str, now: dt.datetime, needless: bool = False) -> StaffTask:
    """Done, or not needed any more; the note is added to what was written before."""
    task = _locked(task_id)
    if task.status not in StaffTask.OPEN:
        raise TaskMoved
    task.status = StaffTask.Status.CANCELLED if needless else StaffTask.Status.COMPLETED
    task.closed_at = now
    task.note = _with(task.note, note)
    task.save(update_fields=["status", "closed_at", "note"])
    return task


@transaction.atomic
def take_task(*, task_id: int, by: AbstractBaseUser, shown_with: int | None) -> StaffTask:
    """Hers from now on, unless it is closed or went meanwhile to another person than the one it was `shown_with`."""
    task = _locked(task_id)
    if task.status not in StaffTask.OPEN or task.assignee_id not in (shown_with, by.pk):
        raise TaskMoved
    task.assignee_id, task.status = by.pk, StaffTask.Status.IN_PROGRESS
    task.save(update_fields=["assignee", "status"])
    return task


@transaction.atomic
def reopen_task(*, task_id: int) -> StaffTask:
    task = _locked(task_id)
    if task.status in StaffTask.OPEN:
        raise TaskMoved
    task.status, task.closed_at = StaffTask.Status.PENDING, None
    task.save(update_fields=["status", "closed_at"])
    return task


@transaction.atomic
def add_note(*, task_id: int, note: str) -> StaffTask:
    task = _locked(task_id)
    task.note = _with(task.note, note)
    task.save(update_fields=["note"])
    return task


def _locked(task_id: int) -> StaffTask:
    return StaffTask.objects.select_for_update(no_key=True).get(pk=task_id)


def _with(before: str, note: str) -> str:
    return "\n".join(part for part in (before.strip(), note.strip()) if part)
