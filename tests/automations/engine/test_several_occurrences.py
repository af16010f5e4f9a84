"""A member with several occurrences at once: each leads to an enrollment of its own, once, whatever breaks off in between."""

import contextlib
import datetime as dt
from collections import Counter

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from automations.engine import evaluation
from automations.engine.evaluation import evaluate, evaluate_members, start_run
from automations.engine.fuse import RunHeld
from automations.models import Decision, Enrollment, Reason, Workflow, WorkflowRun
from automations.reports.log import run_rows
from members.models import Booking, Member
from tests.factories import (
    NOW,
    BookingFactory,
    ClassSessionFactory,
    MemberFactory,
    StepFactory,
    WorkflowFactory,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def workflow():
    return made(cooldown_days=0)


def made(**more) -> Workflow:
    workflow = WorkflowFactory(
        **({"trigger": "booking_created", "trigger_params": {"only_first": False, "class_name": ""}} | more)
    )
    StepFactory(workflow=workflow)
    return workflow


def booked(member: Member, *agos: dt.timedelta) -> list[Booking]:
    session = ClassSessionFactory(club=member.club, starts_at=NOW + 9 * DAY)
    return [BookingFactory(member=member, class_session=session, first_told_at=NOW - ago) for ago in agos]


def enrolled_for(workflow) -> list[int]:
    """The bookings that led to an enrollment, in that order."""
    names = Enrollment.objects.filter(workflow=workflow).order_by("pk").values_list("occurrence", flat=True)
    return [int(name.split(":")[1]) for name in names]


def test_three_bookings_of_one_instant_are_three_enrollments(workflow):
    member = MemberFactory(club=workflow.club)
    three = booked(member, HOUR, HOUR, HOUR)
    assert evaluate_members(workflow, [member.pk], now=NOW) == 3
    assert sorted(enrolled_for(workflow)) == [one.pk for one in three]
    assert evaluate_members(workflow, [member.pk], now=NOW) == 0


def test_the_oldest_goes_first_and_the_decision_that_stands_is_about_the_latest(workflow):
    member = MemberFactory(club=workflow.club)
    middle, latest, first = booked(member, 2 * HOUR, HOUR, 3 * HOUR)
    evaluate_members(workflow, [member.pk], now=NOW)
    assert enrolled_for(workflow) == [first.pk, middle.pk, latest.pk]
    standing = Decision.objects.get(until_run=None)
    assert (standing.reason, standing.fact_at) == (Reason.DUE, latest.first_told_at)


def test_each_time_is_a_run_of_its_own_that_the_log_tells(workflow):
    member = MemberFactory(club=workflow.club)
    booked(member, HOUR, 2 * HOUR)
    evaluate_members(workflow, [member.pk], now=NOW)
    told = [[row.reason for row in run_rows(run)] for run in WorkflowRun.objects.order_by("pk")]
    assert told == [["due"], ["due"]]
    assert all(run.finished_at and run.counts == {"due": 1} for run in WorkflowRun.objects.all())


def test_a_whole_run_accounts_for_everybody_once_and_enrolls_for_all(workflow, monkeypatch):
    monkeypatch.setattr(evaluation, "RANGE", 2)
    members = MemberFactory.create_batch(5, club=workflow.club)
    for member, number in zip(members, (0, 1, 2, 3, 1), strict=True):
        booked(member, *[HOUR * n for n in range(number)])
    run = evaluate(start_run(workflow, kind="daily", now=NOW))
    assert len(enrolled_for(workflow)) == 7
    assert run.counts == {"due": 4, "no_occasion": 1}
    assert Counter(row.reason for row in run_rows(run)) == {"due": 4, "no_occasion": 1}
    again = evaluate(start_run(workflow, kind="by_hand", now=NOW + MINUTE))
    assert again.counts == {"cooldown": 4, "no_occasion": 1}


def test_a_cooldown_lets_one_through_and_the_rest_is_cooling_down():
    workflow = made(cooldown_days=7, patience_hours=24 * 30)
    member = MemberFactory(club=workflow.club)
    first, second = booked(member, 2 * HOUR, HOUR)
    assert evaluate_members(workflow, [member.pk], now=NOW) == 1
    assert evaluate_members(workflow, [member.pk], now=NOW + MINUTE) == 0
    standing = Decision.objects.get(until_run=None)
    assert (standing.reason, standing.fact_at) == (Reason.COOLDOWN, second.first_told_at)
    assert evaluate_members(workflow, [member.pk], now=NOW + 7 * DAY) == 1
    assert enrolled_for(workflow) == [first.pk, second.pk]


def test_what_is_too_late_does_not_stand_in_the_way_of_what_is_not(workflow):
    member = MemberFactory(club=workflow.club)
    _late, in_time = booked(member, 4 * DAY, HOUR)
    assert evaluate_members(workflow, [member.pk], now=NOW) == 1
    assert enrolled_for(workflow) == [in_time.pk]


def decided_about(workflow) -> list[tuple[str, dt.datetime | None]]:
    """Every decision about a booking, in the order in which they were made."""
    made = Decision.objects.filter(workflow=workflow, fact_at__isnull=False).order_by("pk")
    return list(made.values_list("reason", "fact_at"))


def test_what_nobody_asked_about_in_time_is_recorded_beside_what_is_in_time(workflow):
    member = MemberFactory(club=workflow.club)
    evaluate(start_run(workflow, kind="daily", now=NOW - 9 * DAY))
    # The worker was down since then.
    later, earlier, in_time = booked(member, 4 * DAY, 5 * DAY, HOUR)
    run = evaluate(start_run(workflow, kind="daily", now=NOW))
    told = [(Reason.MISSED, earlier), (Reason.MISSED, later), (Reason.DUE, in_time)]
    assert decided_about(workflow) == [(reason, booking.first_told_at) for reason, booking in told]
    assert enrolled_for(workflow) == [in_time.pk]
    assert (run.counts, run.enrolled) == ({"due": 1}, 1)
    assert evaluate(start_run(workflow, kind="daily", now=NOW + DAY)).counts == {"cooldown": 1}
    assert len(decided_about(workflow)) == 4


def test_what_was_decided_about_in_time_is_not_missed_later(workflow):
    Workflow.objects.update(cooldown_days=5)
    workflow.refresh_from_db()
    member = MemberFactory(club=workflow.club)
    evaluate(start_run(workflow, kind="daily", now=NOW - 9 * DAY))
    first, cooling, last = booked(member, 6 * DAY, 5 * DAY, HOUR)
    for ago in (6 * DAY, 4 * DAY, dt.timedelta()):
        evaluate(start_run(workflow, kind="by_hand", now=NOW - ago))
    assert enrolled_for(workflow) == [first.pk, last.pk]
    assert (Reason.COOLDOWN, cooling.first_told_at) in decided_about(workflow)
    assert Reason.MISSED not in dict(decided_about(workflow))


def test_nothing_was_missed_before_the_workflow_first_asked(workflow):
    member = MemberFactory(club=workflow.club)
    _before, in_time = booked(member, 4 * DAY, HOUR)
    evaluate(start_run(workflow, kind="daily", now=NOW))
    assert decided_about(workflow) == [(Reason.DUE, in_time.first_told_at)]


def test_a_run_is_weighed_with_those_who_missed_something_too(workflow):
    Workflow.objects.update(fuse_first=1)
    evaluate(start_run(Workflow.objects.get(), kind="daily", now=NOW - 9 * DAY))
    for member in MemberFactory.create_batch(2, club=workflow.club):
        booked(member, 4 * DAY, HOUR)
    Workflow.objects.update(fuse_first=1)
    WorkflowRun.objects.update(enrolled=None)
    with pytest.raises(RunHeld):
        evaluate(start_run(Workflow.objects.get(), kind="daily", now=NOW))


def test_whoever_was_followed_up_missed_nothing_however_long_ago(workflow):
    member = MemberFactory(club=workflow.club)
    booked(member, HOUR)
    evaluate(start_run(workflow, kind="daily", now=NOW))
    assert evaluate(start_run(workflow, kind="daily", now=NOW + 5 * DAY)).counts == {"cooldown": 1}


def test_who_is_left_out_to_compare_is_left_out_for_each(workflow):
    Workflow.objects.update(control_percent=20)
    members = MemberFactory.create_batch(30, club=workflow.club)
    for member in members:
        booked(member, HOUR, 2 * HOUR)
    evaluate(start_run(Workflow.objects.get(), kind="daily", now=NOW))
    assert Enrollment.objects.count() == 60
    left_out = Enrollment.objects.filter(end_reason=Reason.CONTROL).values_list("member", flat=True)
    assert 0 < len(left_out) < 60
    assert set(Counter(left_out).values()) == {2}


def test_it_ends_even_if_there_is_no_end_to_them(workflow, monkeypatch):
    monkeypatch.setattr(evaluation, "MOST_TIMES", 3)
    member = MemberFactory(club=workflow.club)
    booked(member, *[MINUTE * n for n in range(6)])
    assert evaluate_members(workflow, [member.pk], now=NOW) == 4
    assert evaluate_members(workflow, [member.pk], now=NOW + MINUTE) == 2


@pytest.mark.parametrize("size", [1, 40])
def test_the_statements_do_not_grow_with_the_members(workflow, size, django_assert_max_num_queries):
    members = MemberFactory.create_batch(size, club=workflow.club)
    for member in members:
        booked(member, HOUR, 2 * HOUR)
    with django_assert_max_num_queries(45):
        assert evaluate_members(workflow, [member.pk for member in members], now=NOW) == 2 * size


class Killed(Exception):
    """As if the process had died."""


WHEN = st.sampled_from(["tell", "check", "ring", "die while asking"])


@pytest.mark.long
class AnyOrder(TestCase):
    """No booking is lost and none leads to two enrollments, in whatever order they come and wherever a worker dies."""

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(WHEN, st.integers(0, 2), st.integers(0, 3)), max_size=14))
    def test_each_booking_leads_to_one_enrollment(self, steps):
        workflow = made(cooldown_days=0, patience_hours=24 * 30)
        members = MemberFactory.create_batch(3, club=workflow.club)
        now = NOW
        for n, (what, who, number) in enumerate([*steps, ("check", 0, 0)]):
            now = NOW + n * MINUTE
            match what:
                case "tell":
                    booked(members[who], *[NOW - now + HOUR * (k % 2) for k in range(number)])
                case "ring":
                    evaluate_members(workflow, [members[who].pk], now=now)
                case "check":
                    evaluate(start_run(workflow, kind="by_hand", now=now))
                case _:
                    self.die(workflow, now, after=number)
        told = Counter(Booking.objects.values_list("pk", flat=True))
        assert Counter(enrolled_for(workflow)) == told
        assert Decision.objects.filter(Q(until_run=None)).count() == 3

    def die(self, workflow: Workflow, now: dt.datetime, *, after: int) -> None:
        """Somewhere in a whole run: nothing of the range under way is kept."""
        decided, real = 0, evaluation._decide

        def fragile(*args, **more):
            nonlocal decided
            if decided == after:
                raise Killed
            decided += 1
            return real(*args, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(evaluation, "_decide", fragile)
            patch.setattr(evaluation, "RANGE", 1)
            with contextlib.suppress(Killed):
                evaluate(start_run(workflow, kind="by_hand", now=now))
