"""Turns go round among those who are there: nobody twice before everybody once, and nobody while on leave."""

import datetime as dt

import pytest

from members.models import StaffTask, StaffTurn
from members.operations.staff_tasks import open_staff_tasks
from members.operations.staff_turns import present_staff
from tests.factories import NOW, ClubFactory, MemberFactory, UserFactory
from tests.perk_factories import LeaveFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def club():
    club = ClubFactory()
    club.staff.set([UserFactory(username=name) for name in ("ana", "ben", "eva")])
    return club


def given(club, number, day=0, **how):
    """Who got the next so many tasks."""
    causes = [(MemberFactory(club=club), f"{day}") for _ in range(number)]
    tasks = open_staff_tasks(
        club=club,
        causes=causes,
        description="Call",
        priority="high",
        due_in_days=2,
        now=NOW + day * DAY,
        **how,
    )
    return [task.assignee.username if task.assignee else None for task in tasks]


def leave(club, name, first=0, days=1):
    start = NOW.date() + first * DAY
    person = club.staff.get(username=name)
    return LeaveFactory(club=club, person=person, starts_on=start, returns_on=start + days * DAY)


@pytest.mark.parametrize(("day", "is_there"), [(-1, True), (0, False), (1, False), (2, True)])
def test_on_the_first_day_back_a_person_is_there_again(day, is_there, club):
    leave(club, "ana", days=2)
    there = [person.username for person in present_staff(club=club, day=NOW.date() + day * DAY)]
    assert ("ana" in there) is is_there


@pytest.mark.parametrize(
    ("zone", "gets_it"), [("Pacific/Kiritimati", "ana"), ("UTC", "ben"), ("Pacific/Pago_Pago", "ana")]
)
def test_leave_is_counted_by_the_clubs_own_day(zone, gets_it, club):
    club.time_zone = zone
    club.save()
    leave(club, "ana")
    causes = [(MemberFactory(club=club), "a")]
    (task,) = open_staff_tasks(
        club=club,
        causes=causes,
        description="Call",
        priority="high",
        due_in_days=2,
        now=NOW.replace(hour=10, minute=30),
    )
    assert task.assignee.username == gets_it


def test_who_is_on_leave_is_passed_over_and_has_one_turn_when_back(club):
    assert given(club, 2) == ["ana", "ben"]
    leave(club, "eva", days=2)
    assert given(club, 3, day=1) == ["ana", "ben", "ana"]
    assert given(club, 4, day=2) == ["eva", "ben", "ana", "eva"]


def test_a_trainer_or_a_named_person_on_leave_gets_none(club):
    eva = club.staff.get(username="eva")
    leave(club, "eva")
    member = MemberFactory(club=club, trainer=eva)
    how = {"description": "Call", "priority": "high", "due_in_days": 2, "now": NOW}
    (task,) = open_staff_tasks(club=club, causes=[(member, "a")], to_trainer=True, **how)
    assert task.assignee.username == "ana"
    assert given(club, 1, to_person="eva") == ["ben"]


def test_leave_at_another_club_does_not_count_here(club):
    LeaveFactory(club=ClubFactory(), person=club.staff.get(username="ana"))
    assert given(club, 1) == ["ana"]


def test_where_everybody_is_on_leave_it_is_for_nobody_in_particular(club):
    for name in ("ana", "ben", "eva"):
        leave(club, name)
    assert given(club, 1) == [None]
    assert not StaffTurn.objects.exists()


def test_closed_and_deleted_tasks_do_not_move_the_turns(club):
    assert given(club, 1) == ["ana"]
    StaffTask.objects.all().delete()
    assert given(club, 1) == ["ben"]


def test_a_cause_that_has_its_task_takes_no_turn(club):
    member = MemberFactory(club=club)
    how = {"description": "Call", "priority": "high", "due_in_days": 2, "now": NOW}
    for _ in range(2):
        open_staff_tasks(club=club, causes=[(member, "a")], **how)
    assert given(club, 1) == ["ben"]


def test_turns_differ_by_one_at_most_after_any_number(club):
    for number in (1, 4, 2, 7, 3, 5):
        given(club, number, day=number)
    counts = [StaffTask.objects.filter(assignee__username=name).count() for name in ("ana", "ben", "eva")]
    assert max(counts) - min(counts) <= 1
