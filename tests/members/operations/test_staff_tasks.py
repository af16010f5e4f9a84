"""Opening work for people: for whom, by when, and once per cause."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from members.models import Club, Member, StaffTask
from members.operations.staff_tasks import open_staff_tasks
from tests.factories import NOW, ClubFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def open_for(club: Club, causes: Sequence[tuple[Member, str]], **how: Any) -> list[StaffTask]:
    facts = {"description": "Call", "priority": "high", "due_in_days": 2, "now": NOW} | how
    return open_staff_tasks(club=club, causes=causes, **facts)


@pytest.fixture
def club() -> Club:
    club = ClubFactory()
    club.staff.set([UserFactory(username=name) for name in ("ana", "ben", "eva")])
    return club


def names(tasks: list[StaffTask]) -> list[str | None]:
    return [task.assignee.username if task.assignee else None for task in tasks]


def test_a_task_says_what_to_do_and_by_when(club: Club) -> None:
    member = MemberFactory(club=club)
    (task,) = open_for(club, [(member, "why")])
    assert (task.club, task.member, task.description, task.priority) == (club, member, "Call", "high")
    assert (task.status, task.opened_at, task.due_on, task.cause) == (
        "pending",
        NOW,
        dt.date(2025, 9, 3),
        "why",
    )


@pytest.mark.parametrize(
    ("zone", "due_on"), [("Pacific/Kiritimati", 4), ("UTC", 3), ("Pacific/Pago_Pago", 2)]
)
def test_the_due_day_counts_from_the_clubs_own_day(zone: str, due_on: int) -> None:
    member = MemberFactory(club__time_zone=zone)
    (task,) = open_for(member.club, [(member, "why")], now=NOW.replace(hour=10, minute=30))
    assert task.due_on == dt.date(2025, 9, due_on)


def test_a_cause_opens_one_task(club: Club) -> None:
    causes = [(MemberFactory(club=club), "why") for _ in range(3)]
    first = open_for(club, causes)
    assert open_for(club, causes[::-1], description="Again") == first[::-1]
    assert set(StaffTask.objects.values_list("description", flat=True)) == {"Call"}


def test_without_a_cause_each_asks_for_its_own(club: Club) -> None:
    member = MemberFactory(club=club)
    StaffTask.objects.create(
        club=club, member=member, description="By hand", due_on=NOW.date(), opened_at=NOW
    )
    StaffTask.objects.create(
        club=club, member=member, description="By hand", due_on=NOW.date(), opened_at=NOW
    )
    assert StaffTask.objects.count() == 2


def test_staff_take_turns_and_the_next_call_goes_on_where_the_last_one_ended(club: Club) -> None:
    members = [MemberFactory(club=club) for _ in range(5)]
    assert names(open_for(club, [(member, "a") for member in members])) == ["ana", "ben", "eva", "ana", "ben"]
    assert names(open_for(club, [(member, "b") for member in members[:2]])) == ["eva", "ana"]


def test_those_who_left_get_nothing(club: Club) -> None:
    club.staff.filter(username="ana").update(is_active=False)
    member = MemberFactory(club=club)
    assert names(open_for(club, [(member, "a"), (member, "b"), (member, "c")])) == ["ben", "eva", "ben"]
    assert names(open_for(club, [(member, "d")], to_person="ana")) == ["eva"]


def test_the_trainer_gets_it_if_asked_and_still_here(club: Club) -> None:
    eva, stranger = club.staff.get(username="eva"), UserFactory(username="zoe")
    hers, none, gone = (MemberFactory(club=club, trainer=trainer) for trainer in (eva, None, stranger))
    causes = [(hers, "a"), (none, "a"), (gone, "a")]
    assert names(open_for(club, causes, to_trainer=True)) == ["eva", "ana", "ben"]
    # What a trainer gets of her own is no turn.
    assert names(open_for(club, [(hers, "b")])) == ["eva"]


def test_a_named_person_gets_all_of_it(club: Club) -> None:
    causes = [(MemberFactory(club=club), "a") for _ in range(3)]
    assert names(open_for(club, causes, to_person="ben")) == ["ben"] * 3


def test_without_staff_it_is_for_nobody_in_particular() -> None:
    member = MemberFactory()
    assert names(open_for(member.club, [(member, "a")])) == [None]


def test_it_asks_the_database_as_often_for_sixty_as_for_three(
    club: Club, django_assert_num_queries: Any
) -> None:
    members = [MemberFactory(club=club) for _ in range(60)]
    for cause, count in (("a", 3), ("b", 60)):
        # A savepoint around, the lock, the tasks before, staff, their turns, the insert, the turns, the tasks.
        with django_assert_num_queries(9):
            open_for(club, [(member, cause) for member in members[:count]])
