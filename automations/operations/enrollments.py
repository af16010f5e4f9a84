"""Taking a member out of a workflow by hand."""

import datetime as dt

from django.db import transaction

from automations.models import Enrollment
from automations.rules.reasons import TAKEN_OUT


class NotUnderWay(Exception):
    """She is not on her way any more; there is nothing to take her out of."""


@transaction.atomic
def take_out(*, enrollment_id: int, now: dt.datetime) -> Enrollment:
    """End it where it stands; what it queued and has not left yet is not sent. Raises NotUnderWay."""
    enrollment = (
        Enrollment.objects.select_for_update(of=("self",))
        .select_related("member", "workflow")
        .get(pk=enrollment_id)
    )
    if enrollment.status != Enrollment.Status.ACTIVE:
        raise NotUnderWay
    enrollment.status = Enrollment.Status.EXITED
    enrollment.step = None
    enrollment.ended_at = now
    enrollment.end_reason = TAKEN_OUT
    enrollment.save(update_fields=["status", "step", "ended_at", "end_reason"])
    return enrollment
