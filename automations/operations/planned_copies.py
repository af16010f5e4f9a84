"""What a person says about a message that a step has yet to write: hold it back, let it go, or say it in other words."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from automations.models import Enrollment, PlannedCopy
from automations.operations.enrollments import MovedOn, NotUnderWay
from messaging.models import MessageTemplate
from messaging.operations.holds import Person
from messaging.rules.copies import checked


@transaction.atomic
def hold_planned(
    *, enrollment_id: int, step_id: int, channel: str, is_held: bool, by: Person, now: dt.datetime
) -> PlannedCopy:
    """The message is held back, or let go, once the step has written it. Raises NotUnderWay and MovedOn."""
    copy = _copy(enrollment_id, step_id, channel)
    copy.is_held = is_held
    return _saved(copy, by, now)


@transaction.atomic
def edit_planned(
    *,
    enrollment_id: int,
    step_id: int,
    template: MessageTemplate,
    words: Mapping[str, str],
    by: Person,
    now: dt.datetime,
) -> PlannedCopy:
    """The message will say these words instead of the template's. Raises ValidationError, NotUnderWay and MovedOn."""
    copy = _copy(enrollment_id, step_id, template.channel)
    copy.own_words, copy.channel = checked(template, words), template.channel
    return _saved(copy, by, now)


def _copy(enrollment_id: int, step_id: int, channel: str) -> PlannedCopy:
    """Under the lock of the enrollment, whose step nobody takes meanwhile."""
    enrollment = Enrollment.objects.select_for_update().get(pk=enrollment_id)
    if enrollment.status != Enrollment.Status.ACTIVE:
        raise NotUnderWay
    if enrollment.step_id != step_id:
        raise MovedOn
    found = PlannedCopy.objects.filter(enrollment=enrollment, step=step_id).first()
    return found or PlannedCopy(enrollment=enrollment, step_id=step_id, channel=channel)


def _saved(copy: PlannedCopy, by: Person, now: dt.datetime) -> PlannedCopy:
    copy.changed_at, copy.changed_by_id = now, by.pk
    copy.save()
    return copy
