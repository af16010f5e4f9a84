"""What a workflow would do now, before it is saved: who is due, who is not and why, and who is near its limits."""

from dataclasses import dataclass, field

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from automations.engine.classification import Question
from automations.models import Reason
from automations.reports.told_already import ToldAlready, told_already

ASKED_AT_ONCE = 20_000
"""Beyond so many members the reasons are counted among the first ones only, so that a panel stays quick."""
COUNTED = 1_000
NAMED, NAMED_PER_REASON, NEAR = 10, 3, 3


@dataclass(frozen=True)
class Person:
    pk: int
    first_name: str
    says: str = ""


@dataclass
class Group:
    """Those for whom the same reason was decided, and the first few of them."""

    reason: Reason
    count: int
    people: list[Person] = field(default_factory=list)


@dataclass(frozen=True)
class Preview:
    """`asked` is None if everyone of the club was asked, else how many were."""

    due: Group
    is_more: bool
    skipped: list[Group]
    asked: int | None
    just_in: list[Person]
    just_out: list[Person]
    told: ToldAlready | None


def preview(question: Question) -> Preview:
    """Asks the engine's own question of the club and writes nothing; the number of statements is constant."""
    groups, asked = _grouped(question)
    due = groups.pop(Reason.DUE, Group(Reason.DUE, 0))
    if asked is not None:
        due = _due(question)
    for group in groups.values():
        del group.people[NAMED_PER_REASON:]
    return Preview(
        due=due,
        is_more=due.count > COUNTED,
        skipped=sorted(groups.values(), key=lambda group: -group.count),
        asked=asked,
        just_in=_near(question, is_in=True),
        just_out=_near(question, is_in=False),
        told=told_already(question),
    )


def _grouped(question: Question) -> tuple[dict[Reason, Group], int | None]:
    """One classification: each reason's size and first people, by the instant that their answer counts from."""
    members = question.members()
    ids = question.occurrences.members.order_by("pk").values_list("pk", flat=True)
    beyond = ids[ASKED_AT_ONCE : ASKED_AT_ONCE + 1].first()
    if beyond is not None:
        members = members.filter(pk__lt=beyond)
    rows = (
        members.annotate(
            size=Window(Count("pk"), partition_by=F("decided")),
            place=Window(RowNumber(), partition_by=F("decided"), order_by=["fact", "pk"]),
        )
        .filter(place__lte=NAMED)
        .order_by("place")
        .values_list("decided", "size", "pk", "first_name")
    )
    groups: dict[Reason, Group] = {}
    for decided, size, pk, first_name in rows:
        group = groups.setdefault(Reason(decided), Group(Reason(decided), size))
        group.people.append(Person(pk, first_name))
    return groups, None if beyond is None else ASKED_AT_ONCE


def _due(question: Question) -> Group:
    due = question.due()
    first = due.order_by("fact", "pk").values_list("pk", "first_name")[:NAMED]
    # Without an order, so that the count stops at its limit.
    return Group(Reason.DUE, due.order_by()[: COUNTED + 1].count(), [Person(*row) for row in first])


def _near(question: Question, *, is_in: bool) -> list[Person]:
    """The nearest to any limit, each with how far from it they are: inside, those who would be followed up; or outside."""
    found: dict[int, tuple[int, Person]] = {}
    for edge in question.trigger.edges(question.clock, question.params):
        if (Reason.DUE in edge.reasons) != is_in:
            continue
        reasons = {Reason.DUE} if is_in else edge.reasons
        # Whoever does not fit the conditions is not near to be followed up.
        rows = question.members().filter(edge.where, question.fits, decided__in=reasons)
        for pk, first_name, fact in rows.order_by(edge.nearest_first, "pk").values_list(
            "pk", "first_name", edge.of
        )[:NEAR]:
            distance, says = edge.distance(fact)
            if pk not in found or distance < found[pk][0]:
                found[pk] = (distance, Person(pk, first_name, says))
    return [person for _distance, person in sorted(found.values(), key=_by_distance)[:NEAR]]


def _by_distance(found: tuple[int, Person]) -> tuple[int, int]:
    return found[0], found[1].pk
