"""What a change of a workflow's steps, or of their order, does to those who are on their way through it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.blocks import UnknownBlock, filled
from automations.models import Enrollment, Step, StepRun, Workflow
from automations.rules.sentences import step_sentence
from members.models import Club

TIMING = ("delay", "delay_unit", "at_time", "at_weekday")
NOT_BEGUN, DONE = 0, -1


def standing(inside: QuerySet[Enrollment], before: Sequence[Step]) -> Counter[int]:
    """How many stand before which of the steps `before`, by its key; NOT_BEGUN and DONE beside them."""
    at: Counter[int] = Counter()
    for step, position, n in inside.values_list("step", "position").annotate(n=Count("pk")):
        at[_stands_at(step, position, before)] += n
    return at


def step_changes(
    workflow: Workflow,
    *,
    before: Sequence[Step],
    after: Sequence[Step],
    deleted: Sequence[int],
    at: Mapping[int, int],
) -> list[str]:
    """One sentence for each change from `before` to `after` that matters to somebody; `at` as `standing` counts them."""
    gone = set(deleted)
    goes_on_at = {NOT_BEGUN: NOT_BEGUN, DONE: DONE}
    for number, step in enumerate(before):
        left = (each.pk for each in before[number:] if each.pk not in gone)
        goes_on_at[step.pk] = next(left, DONE)
    stand: Counter[int] = Counter()
    for pk, n in at.items():
        stand[goes_on_at[pk]] += n
    changes = []
    for number, step in enumerate(before, start=1):
        if step.pk in gone:
            follows = next((later for later in before[number:] if later.pk not in gone), None)
            changes.append(_deletion(number, step, at.get(step.pk, 0), follows, workflow.club))
    changes += _additions(after, before, stand)
    changes += _moves(workflow, after, before, stand, goes_on_at)
    changes += _edits(after, before, at)
    return changes


def _stands_at(step: int | None, position: int, before: Sequence[Step]) -> int:
    """Whose step was deleted stands before the first one left from there on."""
    if step is not None:
        return step
    return next((each.pk for each in before if each.position >= position), DONE) if position else NOT_BEGUN


def _moves(
    workflow: Workflow,
    after: Sequence[Step],
    before: Sequence[Step],
    stand: Mapping[int, int],
    goes_on_at: Mapping[int, int],
) -> list[str]:
    """Of steps that changed places with one that somebody stands before: nobody goes back for one, or takes one twice."""
    order = {step.pk: number for number, step in enumerate(before)}
    place = {step.pk: number for number, step in enumerate(after, start=1) if step.pk in order}
    if list(place) == [pk for pk in order if pk in place]:
        return []
    taken: Counter[tuple[int | None, int]] = Counter()
    runs = StepRun.objects.filter(
        enrollment__workflow=workflow, enrollment__status=Enrollment.Status.ACTIVE, step__in=place
    )
    rows = runs.order_by().values_list("step", "enrollment__step", "enrollment__position")
    for pk, step, position, n in rows.annotate(n=Count("pk")):
        taken[pk, goes_on_at[_stands_at(step, position, before)]] += n
    changes = []
    for step in after:
        if step.pk not in place:
            continue
        mine = (order[step.pk], place[step.pk])
        ahead = [pk for pk in place if order[pk] < mine[0] and place[pk] > mine[1]]
        behind = [pk for pk in place if order[pk] > mine[0] and place[pk] < mine[1]]
        words = {"number": mine[1], "step": in_words(step, workflow.club)}
        if n := sum(stand.get(pk, 0) - taken[step.pk, pk] for pk in ahead):
            said = ngettext(
                "Step %(number)s (%(step)s) comes earlier: %(n)s member who is past its new place does not take it.",
                "Step %(number)s (%(step)s) comes earlier: %(n)s members who are past its new place do not take it.",
                n,
            )
            changes.append(said % (words | {"n": n}))
        if n := sum(stand.get(pk, 0) - taken[step.pk, pk] for pk in behind):
            said = ngettext(
                "Step %(number)s (%(step)s) comes later: %(n)s member who was past it without it takes it then.",
                "Step %(number)s (%(step)s) comes later: %(n)s members who were past it without it take it then.",
                n,
            )
            changes.append(said % (words | {"n": n}))
    return changes


def _additions(after: Sequence[Step], before: Sequence[Step], at: Mapping[int, int]) -> list[str]:
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


def _edits(after: Sequence[Step], before: Sequence[Step], at: Mapping[int, int]) -> list[str]:
    """Of steps that somebody stands before and that would be others, or would be waited for otherwise."""
    changes = []
    stored = {step.pk: step for step in before}
    for number, step in enumerate(after, start=1):
        was, n = stored.get(step.pk), at.get(step.pk, 0)
        if was is None or not n:
            continue
        words = {"number": number, "n": n}
        if (was.action, filled(was.action_params)) != (step.action, filled(step.action_params)):
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
