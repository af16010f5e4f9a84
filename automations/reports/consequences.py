"""What saving a changed workflow does to those who are on their way through it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.actions import ACTIONS
from automations.blocks import UnknownBlock
from automations.engine.goals import goals_reached
from automations.engine.recheck import CANNOT_TELL, end_reasons
from automations.models import Enrollment, Step, Workflow
from automations.reports.step_changes import NOT_BEGUN, in_words, standing, step_changes

ASKED = 1_000
"""So many of those inside are asked at most, so that a panel stays quick."""


@dataclass(frozen=True)
class Consequences:
    """`under_way`: how many are inside. `places`: how many stand where. `changes`: what would happen to them."""

    under_way: int = 0
    places: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    @property
    def must_be_asked(self) -> bool:
        return bool(self.under_way and self.changes)


def consequences(
    workflow: Workflow,
    *,
    is_enabled: bool,
    deleted: Sequence[int] = (),
    before: Sequence[Step] = (),
    after: Sequence[Step] | None = None,
    drafted: Workflow | None = None,
) -> Consequences:
    """Of saving the stored `workflow` as switched on or off, without the `deleted` of its steps `before`.

    `after`: the steps as they would be saved, new ones among them. `drafted`: the workflow as it would be saved, asked
    about those inside if it would look for something else. A number of queries that does not grow with them.
    """
    inside = workflow.enrollments.filter(status=Enrollment.Status.ACTIVE).order_by()
    at = standing(inside, before)
    if not at:
        return Consequences()
    total = at.total()
    places = []
    if n := at[NOT_BEGUN]:
        places.append(ngettext("%(n)s has not begun yet", "%(n)s have not begun yet", n) % {"n": n})
    for number, step in enumerate(before, start=1):
        if n := at[step.pk]:
            places.append(
                ngettext(
                    "%(n)s stands before step %(number)s (%(step)s)",
                    "%(n)s stand before step %(number)s (%(step)s)",
                    n,
                )
                % {"n": n, "number": number, "step": in_words(step, workflow.club)}
            )
    changes = []
    if workflow.is_enabled and not is_enabled:
        changes.append(
            ngettext(
                "It is switched off: %(n)s member stops where they stand, and goes on if it is switched on again.",
                "It is switched off: %(n)s members stop where they stand, and go on if it is switched on again.",
                total,
            )
            % {"n": total}
        )
        changes.append(_("What waits to be sent is held back until then."))
    if is_enabled and not workflow.is_enabled:
        changes.append(
            ngettext(
                "It is switched on: %(n)s member goes on from where they stand.",
                "It is switched on: %(n)s members go on from where they stand.",
                total,
            )
            % {"n": total}
        )
        changes.append(
            _("What was due more than %(hours)s hours ago is recorded as missed, not done late.")
            % {"hours": workflow.patience_hours}
        )
    changes += step_changes(workflow, before=before, after=after or [], deleted=deleted, at=at)
    if drafted is not None:
        changes += _who_waits(workflow, drafted, total)
        changes += _who_ends(workflow, drafted)
        changes += _conditions(workflow, drafted, total)
        changes += _patience(workflow, drafted)
    return Consequences(total, places, changes)


def _conditions(workflow: Workflow, drafted: Workflow, total: int) -> list[str]:
    if workflow.conditions == drafted.conditions:
        return []
    said = ngettext(
        "Who it is for changes: %(n)s member who is on the way goes on, in the new conditions or not.",
        "Who it is for changes: %(n)s members who are on the way go on, in the new conditions or not.",
        total,
    )
    return [said % {"n": total}]


def _patience(workflow: Workflow, drafted: Workflow) -> list[str]:
    """Of those who are late already, for whom it would be too late by less patience."""
    if drafted.patience >= workflow.patience:
        return []
    now = timezone.now()
    never_late = [action.kind for action in ACTIONS if action.can_be_late]
    late = workflow.enrollments.filter(
        status=Enrollment.Status.ACTIVE,
        due_at__lt=now - drafted.patience,
        due_at__gte=now - workflow.patience,
    ).exclude(step__action__in=never_late)
    if not (n := late.count()):
        return []
    said = ngettext(
        "It waits no longer than %(hours)s hours: the next step of %(n)s member is later than that and is recorded as missed.",
        "It waits no longer than %(hours)s hours: the next step of %(n)s members is later than that and is recorded as missed.",
        n,
    )
    return [said % {"hours": drafted.patience_hours, "n": n}]


def _who_waits(workflow: Workflow, drafted: Workflow, total: int) -> list[str]:
    """Everybody inside, where it could not be asked as it would be saved whether it still holds."""
    if (workflow.trigger, workflow.trigger_params) == (drafted.trigger, drafted.trigger_params):
        return []
    one = workflow.enrollments.filter(status=Enrollment.Status.ACTIVE).select_related("member")[:1]
    for enrollment in one:
        enrollment.workflow = drafted
    if CANNOT_TELL not in end_reasons(one, timezone.now()).values():
        return []
    said = ngettext(
        "What it looks for cannot be asked: %(n)s member waits, and gets nothing until it is corrected.",
        "What it looks for cannot be asked: %(n)s members wait, and get nothing until it is corrected.",
        total,
    )
    return [said % {"n": total}]


def _who_ends(workflow: Workflow, drafted: Workflow) -> list[str]:
    """For whom it would be over, as it would be saved, before their next step."""
    asks = ("trigger", "trigger_params", "goal")
    if all(getattr(workflow, name) == getattr(drafted, name) for name in asks):
        return []
    active = workflow.enrollments.filter(status=Enrollment.Status.ACTIVE)
    some = list(active.select_related("member", "workflow__club").order_by("pk")[:ASKED])
    now = timezone.now()
    ends = _over(some, now)
    for enrollment in some:
        enrollment.workflow = drafted
    more = _over(some, now) - ends
    if not more:
        return []
    at_least = _("at least ") if len(some) == ASKED else ""
    said = ngettext(
        "What it looks for changes: for %(n)s member it is over, and no further step is taken.",
        "What it looks for changes: for %(n)s members it is over, and no further step is taken.",
        len(more),
    )
    return [said % {"n": f"{at_least}{len(more)}"}]


def _over(enrollments: Sequence[Enrollment], now: dt.datetime) -> set[int]:
    ended = {pk for pk, reason in end_reasons(enrollments, now).items() if reason != CANNOT_TELL}
    try:
        return ended | set(goals_reached(enrollments, now))
    except UnknownBlock:
        return ended
