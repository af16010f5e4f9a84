"""Who is in a segment now, and what uses it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from automations.actions.set_member_field import SetMemberField
from automations.conditions import Asked, read
from automations.conditions.custom import PREFIX
from automations.conditions.segments import SegmentField
from automations.conditions.uses import rules_in
from automations.models import Segment, Workflow
from automations.reports.preview import COUNTED, NAMED, Person
from members.models import Club, CustomField, Member


@dataclass(frozen=True)
class Found:
    """`is_more`: nobody was counted beyond so many."""

    count: int
    is_more: bool
    people: list[Person] = field(default_factory=list)


def in_segment(segment: Segment, now: dt.datetime) -> Found:
    """Also of one that is not saved. Raises ValidationError for conditions that cannot be asked."""
    asked = Asked(segment.club, now)
    group = read(segment.conditions, asked)
    found = Member.objects.filter(group.q(asked), club=segment.club).order_by()
    count = found[: COUNTED + 1].count()
    first = found.order_by("first_name", "last_name", "pk").values_list("pk", "first_name", "last_name")
    people = [Person(pk, f"{name} {last}".strip()) for pk, name, last in first[:NAMED]]
    return Found(min(count, COUNTED), count > COUNTED, people)


def uses_of_field(field: CustomField) -> Sequence[Workflow | Segment]:
    """The workflows and segments whose conditions ask about a club's own field, and the workflows that change it."""
    asking = _that_say(field.club, {"field": f"{PREFIX}{field.name}"})
    changing = Workflow.objects.filter(
        club=field.club, steps__action=SetMemberField.kind, steps__action_params__own_field=field.name
    )
    return [*asking, *(workflow for workflow in changing.distinct() if workflow not in asking)]


def uses_of(segment: Segment) -> Sequence[Workflow | Segment]:
    """The workflows and segments of its club whose conditions name it, by what was fetched with the club."""
    return _that_say(segment.club, {"field": SegmentField.kind, "value": segment.slug})


def _that_say(club: Club, said: dict[str, str]) -> list[Workflow | Segment]:
    rows: list[Workflow | Segment] = [*club.workflows.all(), *club.segments.all()]
    return [row for row in rows if any(said.items() <= rule.items() for rule in _plainly(row))]


def _plainly(row: Workflow | Segment) -> Iterator[dict[str, str]]:
    """Its rules, without what several values are given for."""
    for rule in rules_in(row.conditions):
        yield {name: value for name, value in rule.items() if isinstance(value, str)}
