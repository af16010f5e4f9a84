"""Opening and closing work for people."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from members.models import Club, Member, StaffTask
from members.operations.staff_turns import Turns, present_staff


@transaction.atomic
def open_staff_tasks(
    *,
    club: Club,
    causes: Sequence[tuple[Member, str]],
    description: str,
    priority: str,
    due_in_days: int,
    now: dt.datetime,
    to_trainer: bool = False,
    to_person: str | None = None,
) -> list[StaffTask]:
    """One task per (member, cause), in the order given; a cause that already has its task keeps that one.

    Goes to the trainer if asked and there is one, else to the person of that username if she still works here, else
    to the club's active staff in turn, else to nobody in particular. Whoever is on leave today gets none.
    """
    # Holds off others who would hand out the same turns.
    Club.objects.select_for_update(no_key=True).get(pk=club.pk)
    known = _tasks_of(causes)
    new = [(member, cause) for member, cause in causes if (member.pk, cause) not in known]
    if not new:
        return [known[member.pk, cause] for member, cause in causes]
    present = list(present_staff(club=club, day=club.today(now)))
    named = next((person.pk for person in present if person.get_username() == to_person), None)
    working = {person.pk for person in present}
    turns = Turns(club, working)

    def assignee_of(member: Member) -> int | None:
        if to_trainer and member.trainer_id in working:
            return member.trainer_id
        return named or turns.take()

    StaffTask.objects.bulk_create(
        [
            StaffTask(
                club=club,
                member=member,
                description=description,
                priority=priority,
                due_on=club.today(now) + dt.timedelta(days=due_in_days),
                assignee_id=assignee_of(member),
                cause=cause,
                opened_at=now,
            )
            for member, cause in new
        ],
        ignore_conflicts=True,
    )
    turns.keep()
    opened = known | _tasks_of(new)
    return [opened[member.pk, cause] for member, cause in causes]


def _tasks_of(causes: Sequence[tuple[Member, str]]) -> dict[tuple[int, str], StaffTask]:
    found = StaffTask.objects.filter(
        member__in={member.pk for member, _ in causes}, cause__in={cause for _, cause in causes}
    )
    return {(task.member_id, task.cause): task for task in found}


def open_staff_task(
    *,
    member: Member,
    description: str,
    priority: str,
    due_on: dt.date,
    assignee_id: int | None,
    token: uuid.UUID,
    now: dt.datetime,
) -> bool:
    """One task opened by hand; False if this `token`, which the question handed out, has opened its task already."""
    _task, is_new = StaffTask.objects.get_or_create(
        member=member,
        cause=f"by hand:{token}",
        defaults={
            "club": member.club,
            "description": description,
            "priority": priority,
            "due_on": due_on,
            "assignee_id": assignee_id,
            "opened_at": now,
        },
    )
    return is_new
