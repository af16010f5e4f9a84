"""Who is away by their own word: their next step waits until they are back."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from automations.engine.classification import Question
from automations.models import Enrollment, Workflow
from members.models import Pause
from members.rules.pauses import paused_until


def resting_until(enrollments: Iterable[Enrollment], now: dt.datetime) -> dict[int, dt.datetime]:
    """Which of these, by id, are of a member who is away, and until when; those of workflows that tell what has to be told
    are not among them. One query, and where somebody is away a few more for each workflow."""
    standing = list(enrollments)
    away = paused_until({enrollment.member_id for enrollment in standing}, now) if standing else {}
    rests: dict[Workflow, bool] = {}
    found: dict[int, dt.datetime] = {}
    for enrollment in standing:
        if until := away.get(enrollment.member_id):
            workflow = enrollment.workflow
            if workflow not in rests:
                rests[workflow] = Question(workflow, now).rests
            if rests[workflow]:
                found[enrollment.pk] = until
    return found


def wake_rested(member_ids: Iterable[int], *, now: dt.datetime) -> int:
    """Let those go on at once whose time away was ended early; how many."""
    ended = Pause.objects.filter(
        member=OuterRef("member"), ended_at__isnull=False, until=OuterRef("due_at"), until__gt=now
    )
    waiting = Enrollment.objects.filter(
        Exists(ended), member__in=list(member_ids), status=Enrollment.Status.ACTIVE, due_at__gt=now
    )
    return waiting.update(due_at=now)
