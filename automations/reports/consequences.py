"""What saving a changed workflow does to those who are on their way through it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.blocks import UnknownBlock
from automations.models import Enrollment, Step, Workflow
from automations.rules.sentences import step_sentence
from members.models import Club


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
    workflow: Workflow, *, is_enabled: bool, deleted: Sequence[int] = (), before: Sequence[Step] = ()
) -> Consequences:
    """Of saving the stored `workflow` as switched on or off, without the `deleted` of its steps `before`.

    Two queries.
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
            after = next((later for later in before[number:] if later.pk not in gone), None)
            changes.append(_deletion(number, step, at.get(step.pk, 0), after, workflow.club))
    return Consequences(total, places, changes)


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
