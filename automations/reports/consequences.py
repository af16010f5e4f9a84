"""What saving a changed workflow does to those who are on their way through it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.actions import ACTIONS
from automations.blocks import UnknownBlock
from automations.engine.goals import goals_reached
from automations.engine.recheck import CANNOT_TELL, end_reasons
from automations.models import Enrollment, Step, Workflow
from automations.rules.sentences import step_sentence
from members.models import Club

TIMING = ("delay", "delay_unit", "at_time", "at_weekday")
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
    at = dict(inside.values_list("step").annotate(n=Count("pk")))
    if not at:
        return Consequences()
    total = sum(at.values())
    places = []
    if at.get(None):
        places.append(
            ngettext("%(n)s has not begun yet", "%(n)s have not begun yet", at[None]) % {"n": at[None]}
        )
    for number, step in enumerate(before, start=1):
        if n := at.get(step.pk):
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
    gone = set(deleted)
    for number, step in enumerate(before, start=1):
        if step.pk in gone:
            follows = next((later for later in before[number:] if later.pk not in gone), None)
            changes.append(_deletion(number, step, at.get(step.pk, 0), follows, workflow.club))
    changes += _additions(after or [], before, at)
    changes += _edits(after or [], before, at)
    if drafted is not None:
        changes += _who_ends(workflow, drafted)
        changes += _conditions(workflow, drafted, total)
        changes += _patience(workflow, drafted)
    return Consequences(total, places, changes)


def _additions(after: Sequence[Step], before: Sequence[Step], at: dict[int | None, int]) -> list[str]:
    """Of new steps that some are past already: they do not take them."""
    changes = []
    stored = {step.pk for step in before}
    for place, step in enumerate(after):
        if step.pk in stored:
            continue
        past = sum(at.get(later.pk, 0) for later in after[place + 1 :] if later.pk)
        if past:
            changes.append(
                ngettext(
                    "Step %(number)s is new: %(n)s member who is past it does not take it.",
                    "Step %(number)s is new: %(n)s members who are past it do not take it.",
                    past,
                )
                % {"number": place + 1, "n": past}
            )
    return changes


def _edits(after: Sequence[Step], before: Sequence[Step], at: dict[int | None, int]) -> list[str]:
    """Of steps that somebody stands before and that would be others, or would be waited for otherwise."""
    changes = []
    stored = {step.pk: step for step in before}
    for number, step in enumerate(after, start=1):
        was, n = stored.get(step.pk), at.get(step.pk, 0)
        if was is None or not n:
            continue
        words = {"number": number, "n": n}
        if (was.action, was.action_params) != (step.action, step.action_params):
            said = ngettext(
                "Step %(number)s changes: %(n)s member who stands before it takes it as it will be then.",
                "Step %(number)s changes: %(n)s members who stand before it take it as it will be then.",
                n,
            )
            changes.append(said % words)
        if any(getattr(was, name) != getattr(step, name) for name in TIMING):
            said = ngettext(
                "The wait for step %(number)s changes: %(n)s member waits for it as long as before.",
                "The wait for step %(number)s changes: %(n)s members wait for it as long as before.",
                n,
            )
            changes.append(said % words)
    return changes


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


def _deletion(number: int, step: Step, n: int, after: Step | None, club: Club) -> str:
    following = in_words(after, club) if after else ""
    words = {"n": n, "number": number, "step": in_words(step, club), "next": following}
    if not n:
        return _("Step %(number)s (%(step)s) is deleted: nobody stands before it.") % words
    if after is None:
        return (
            ngettext(
                "Step %(number)s (%(step)s) is deleted: %(n)s member who stands before it is done.",
                "Step %(number)s (%(step)s) is deleted: %(n)s members who stand before it are done.",
                n,
            )
            % words
        )
    return (
        ngettext(
            "Step %(number)s (%(step)s) is deleted: %(n)s member who stands before it goes on to “%(next)s”.",
            "Step %(number)s (%(step)s) is deleted: %(n)s members who stand before it go on to “%(next)s”.",
            n,
        )
        % words
    )


def in_words(step: Step, club: Club) -> str:
    """The step's sentence; its kind's bare name where it cannot be read any more."""
    try:
        return step_sentence(step, club)
    except (UnknownBlock, ValidationError, LookupError):
        return step.action.replace("_", " ")
