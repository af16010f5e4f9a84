"""What a rule would have done: as of each day, with what was known then, and nothing of it stays."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.engine import looking_back
from automations.engine.classification import Question
from automations.engine.evaluation import evaluate, start_run
from automations.engine.looking_back import DAYS, look_back
from automations.models import Decision, Enrollment, Workflow, WorkflowRun
from automations.triggers import TRIGGERS, Trigger
from members.models import Member, Visit
from tests.factories import NOW, ClosureFactory, ClubFactory, MemberFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory(workflow=WorkflowFactory(cooldown_days=7)).workflow


def came(workflow: Workflow, *days_ago: int) -> Member:
    """Somebody who came on these days, at the hour of NOW."""
    member: Member = MemberFactory(club=workflow.club, last_attended_at=NOW - DAY * min(days_ago))
    Visit.objects.bulk_create([Visit(member=member, attended_at=NOW - DAY * ago) for ago in days_ago])
    return member


def test_an_absence_that_is_over_by_now_is_found(workflow: Workflow) -> None:
    came(workflow, 60, 45, 30, 25, 20, 15, 10, 5, 1)
    assert Question(workflow, NOW).members().get().decided == "attended_recently"
    found = look_back(workflow, now=NOW)
    # 60 to 45 and 45 to 30 days ago.
    assert (found.followed_up, found.came_by_themselves, found.busiest_day) == (2, 0, 1)


@pytest.mark.parametrize(("later", "by_themselves"), [(8, 1), (9, 1), (10, 0), (12, 0)])
def test_who_came_within_three_days_came_by_themselves(
    workflow: Workflow, later: int, by_themselves: int
) -> None:
    # Away since 40 days ago: due at the check of 33 days ago, at 04:00; NOW is at noon.
    came(workflow, *range(80, 39, -1), *range(40 - later, 0, -1))
    found = look_back(workflow, now=NOW)
    assert (found.followed_up, found.came_by_themselves) == (1, by_themselves)


def test_one_absence_counts_once_however_long(workflow: Workflow) -> None:
    came(workflow, 70)
    assert look_back(workflow, now=NOW).followed_up == 1


def test_whoever_joined_later_was_not_there(workflow: Workflow) -> None:
    member = came(workflow, 70)
    member.joined_on = (NOW - 20 * DAY).date()
    member.save()
    assert look_back(workflow, now=NOW).followed_up == 0


def test_days_on_which_the_club_was_shut_do_not_count_then_either(workflow: Workflow) -> None:
    came(workflow, 20, 11, 5, 1)
    assert look_back(workflow, now=NOW).followed_up == 1
    day = (NOW - 18 * DAY).date()
    ClosureFactory(club=workflow.club, starts_on=day, reopens_on=day + 5 * DAY)
    workflow.refresh_from_db()
    assert look_back(Workflow.objects.get(pk=workflow.pk), now=NOW).followed_up == 0


@pytest.mark.long
def test_it_is_the_engines_own_answer_for_every_day(workflow: Workflow) -> None:
    """Beside real daily runs over the same days, with the visits coming in as the days go by."""
    for number in range(12):
        came(workflow, *range(85 - number, 0, -(number + 3)))
    told = look_back(workflow, now=NOW).followed_up
    visits = list(Visit.objects.order_by("attended_at"))
    Visit.objects.all().delete()
    Member.objects.update(last_attended_at=None)
    for ago in range(DAYS, 0, -1):
        check = NOW.replace(hour=4) - DAY * ago
        while visits and visits[0].attended_at <= check:
            visit = visits.pop(0)
            Member.objects.filter(pk=visit.member_id).update(last_attended_at=visit.attended_at)
        evaluate(start_run(workflow, kind=WorkflowRun.Kind.DAILY, now=check, checked_on=check.date()))
    assert told == Enrollment.objects.count() > 10


def test_nothing_of_it_stays(workflow: Workflow) -> None:
    member = came(workflow, 40, 1)
    look_back(workflow, now=NOW)
    assert Member.objects.get() == member
    assert Member.objects.get().last_attended_at == NOW - DAY
    assert Visit.objects.count() == 2
    assert not Enrollment.objects.exists()
    assert not Decision.objects.exists()


def test_an_enrollment_of_the_real_workflow_keeps_nobody_out(workflow: Workflow) -> None:
    came(workflow, 20)
    evaluate(start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=NOW))
    assert Enrollment.objects.count() == 1
    assert look_back(workflow, now=NOW).followed_up == 1


def test_one_that_is_not_saved_yet_can_be_asked(workflow: Workflow) -> None:
    came(workflow, 60, 1)
    draft = WorkflowFactory.build(club=workflow.club, pk=None)
    assert look_back(draft, now=NOW, steps=[]).followed_up == 1


def test_another_clubs_members_are_not_asked(workflow: Workflow) -> None:
    other = MemberFactory(club=ClubFactory(), last_attended_at=NOW - 20 * DAY)
    assert other.club != workflow.club
    assert look_back(workflow, now=NOW).followed_up == 0


def test_of_a_large_club_some_stand_for_all(workflow: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(8):
        came(workflow, 40)
    monkeypatch.setattr(looking_back, "ASKED_AT_MOST", 4)
    found = look_back(workflow, now=NOW)
    assert (found.followed_up, found.is_about, found.one_in) == (8, True, 2)


def test_the_statements_do_not_grow_with_the_members(workflow: Workflow) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            look_back(Workflow.objects.select_related("club").get(pk=workflow.pk), now=NOW)
        return len(captured)

    came(workflow, 40)
    one = statements()
    for _ in range(20):
        came(workflow, 40, 10)
    assert statements() == one < 5 * DAYS


@pytest.mark.parametrize("trigger", [one for one in TRIGGERS if one.looks_back], ids=lambda one: one.kind)
def test_every_trigger_that_says_so_can_look_back(trigger: Trigger, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the parameters that its form begins with."""
    workflow = StepFactory().workflow
    monkeypatch.setattr(looking_back, "DAYS", 5)
    came(workflow, 80, 60, 40, 20)
    form = trigger.Form(club=workflow.club)
    params = {name: field.initial for name, field in form.fields.items()}
    if trigger.kind == "follow_up_status":
        params["status"] = "active"
    draft = WorkflowFactory.build(club=workflow.club, pk=None, trigger=trigger.kind, trigger_params=params)
    assert look_back(draft, now=NOW, steps=[]).followed_up >= 0
    if trigger.main_number:
        name, least, most = trigger.main_number
        for number in (least, most):
            trigger.Form.base_fields[name].clean(number)
