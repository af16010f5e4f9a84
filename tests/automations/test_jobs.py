"""Each job leaves a record, hands on to the next, and is as good run twice."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail import EmailMessage

from automations import jobs
from automations.jobs import JOBS, KEEP_JOB_RUNS, evaluate_members
from automations.models import Enrollment, JobRun, Workflow, WorkflowRun
from automations.operations.job_runs import LONGEST_JOB
from config import celery_app
from members.models import Member
from messaging.models import Figure, Message
from tests.factories import NOW, BookingFactory, MemberFactory, MessageFactory, StepFactory, UserFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
NOT_RECURRING = {"field": "is_recurring", "operator": "is", "value": "no"}
COUNTED = {
    "refresh_follow_up_statuses": {"checked": 1, "repaired": 1},
    "score_retention_risk": {"scored": 1, "changed": 1},
    "evaluate_workflows": {"evaluated": 1, "members": 1, "enrolled": 1},
    "advance_enrollments": {"arrived": 1, "done": 1},
    "deliver_messages": {"sent": 1},
    "take_in_events": {},
    "read_receipts": {},
    "sweep_messages": {"requeued": 0, "unknown": 0, "jobs ended": 0},
    "check_health": {"alerts raised": 0, "alerts over": 0},
    "prune_job_runs": {"deleted": 0, "old uploads": 0, "old answers": 0, "old sign-ins": 0},
    "blank_old_words": {"words deleted": 0},
    "count_ahead": {"counted": 0},
    "count_outcomes": {"counted": 1},
    "recount_outcomes": {"counted": 1},
}


@pytest.fixture(autouse=True)
def at_ten(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def member() -> Member:
    """Due, in a club with a workflow that messages."""
    return MemberFactory(club=StepFactory().workflow.club, days_away=10)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(jobs, "ring", heard.append)
    return heard


def test_each_job_keeps_when_it_ran_and_what_it_did(member: Member, provider: ScriptedTransport) -> None:
    assert {name: job() for name, job in JOBS.items()} == COUNTED
    kept = {job.name: job for job in JobRun.objects.all()}
    assert {name: job.counts for name, job in kept.items()} == COUNTED
    assert {name: job.records for name, job in kept.items()} == {
        name: sum(counts.values()) for name, counts in COUNTED.items()
    }
    assert {(job.status, job.started_at, job.finished_at) for job in kept.values()} == {
        ("succeeded", NOW, NOW)
    }


def test_a_job_that_breaks_off_is_kept_as_failed(member: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(**_: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(jobs, "advance", no_room)
    with pytest.raises(RuntimeError):
        JOBS["advance_enrollments"]()
    job = JobRun.objects.get()
    assert (job.name, job.status, job.finished_at) == ("advance_enrollments", "failed", NOW)


def test_everything_run_twice_does_it_once(member: Member, provider: ScriptedTransport) -> None:
    for _ in range(2):
        for job in JOBS.values():
            job()
    assert Enrollment.objects.count() == Message.objects.count() == len(provider.asked) == 1


def test_one_job_rings_for_the_next_if_there_is_work(
    member: Member, rung: list[str], provider: ScriptedTransport
) -> None:
    JOBS["evaluate_workflows"]()
    assert rung == ["advance_enrollments"]
    JOBS["advance_enrollments"]()
    assert rung == ["advance_enrollments", "deliver_messages"]
    JOBS["deliver_messages"]()
    assert len(rung) == 2


def test_without_work_nobody_is_rung_for(rung: list[str]) -> None:
    MemberFactory(club=StepFactory().workflow.club, days_away=3)
    for job in JOBS.values():
        job()
    assert rung == []


def test_swept_up_is_what_a_dead_process_left(provider: ScriptedTransport) -> None:
    long_ago = NOW - LONGEST_JOB - dt.timedelta(seconds=1)
    MessageFactory(status="claimed", claimed_at=long_ago)
    MessageFactory(status="sending", claimed_at=long_ago)
    JobRun.objects.create(name="deliver_messages", started_at=long_ago)
    assert JOBS["sweep_messages"]() == {"requeued": 1, "unknown": 1, "jobs ended": 1}


def test_old_runs_of_jobs_are_forgotten_after_a_quarter() -> None:
    for age in (KEEP_JOB_RUNS, KEEP_JOB_RUNS + dt.timedelta(seconds=1)):
        JobRun.objects.create(name="deliver_messages", started_at=NOW - age)
    assert JOBS["prune_job_runs"]() == {"deleted": 1, "old uploads": 0, "old answers": 0, "old sign-ins": 0}
    assert [job.started_at for job in JobRun.objects.filter(name="deliver_messages")] == [NOW - KEEP_JOB_RUNS]


def test_what_large_clubs_show_is_counted_ahead(member: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    assert JOBS["count_ahead"]() == {"counted": 0}
    monkeypatch.setattr("messaging.reports.figures.LARGE", 1)
    MemberFactory(club=member.club)
    # Its messages, its statuses, who is left to a person; of its workflow: what it did in a month, who is due, and who will be.
    assert JOBS["count_ahead"]() == {"counted": 6} == JOBS["count_ahead"]()


def test_what_small_clubs_show_is_counted_ahead_where_there_are_many(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.reports.figures.LARGE", 1)
    MemberFactory(club=StepFactory().workflow.club, days_away=9)
    assert JOBS["count_ahead"]() == {"counted": 10}
    assert Figure.objects.filter(name__startswith="due:").count() == 2


@pytest.mark.parametrize("job", [*JOBS.values(), evaluate_members], ids=lambda job: job.__name__)
def test_celery_knows_each_job_and_what_it_is_for(job: Callable[[], Any]) -> None:
    assert f"automations.jobs.{job.__name__}" in celery_app.tasks
    assert job.__doc__


# --- Somebody changed -------------------------------------------------------------------------
def test_a_member_who_changed_is_asked_about_at_once(member: Member, rung: list[str]) -> None:
    other = MemberFactory(club=member.club, days_away=20)
    assert evaluate_members([member.pk]) == 1
    assert rung == ["advance_enrollments"]
    assert (Enrollment.objects.get().member, WorkflowRun.objects.get().kind) == (member, "immediate")
    assert evaluate_members([member.pk]) == 0
    assert evaluate_members([member.pk, other.pk]) == 1


def test_a_member_for_whom_nothing_follows_rings_for_nobody(rung: list[str]) -> None:
    assert evaluate_members([MemberFactory(club=StepFactory().workflow.club, days_away=3).pk]) == 0
    assert rung == []


def test_members_of_several_clubs_are_asked_about_by_their_own(member: Member, rung: list[str]) -> None:
    elsewhere = MemberFactory(club=StepFactory().workflow.club, days_away=10)
    StepFactory()
    assert evaluate_members([member.pk, elsewhere.pk]) == 2
    assert all(made.workflow.club == made.member.club for made in Enrollment.objects.all())
    assert WorkflowRun.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "conditions", "asked"),
    [
        ([], {}, True),
        (["members.Visit"], {}, True),
        (["members.Member"], {}, True),
        (["members.Booking", "members.Visit"], {}, True),
        (["members.Booking", "members.Payment"], {}, False),
        # They may rest on anything.
        (["members.Booking"], {"match": "all", "rules": [NOT_RECURRING]}, True),
    ],
)
def test_a_workflow_is_asked_at_once_where_its_answer_rests_on_what_changed(
    member: Member, rung: list[str], changed: list[str], conditions: dict[str, Any], asked: bool
) -> None:
    Workflow.objects.update(conditions=conditions)
    assert evaluate_members([member.pk], changed) == asked


def test_a_goal_is_noted_whatever_the_trigger_rests_on(
    member: Member, rung: list[str], time_machine: Any
) -> None:
    evaluate_members([member.pk])
    Workflow.objects.update(goal="booked")
    made = Enrollment.objects.get().enrolled_at + dt.timedelta(seconds=1)
    time_machine.move_to(made + dt.timedelta(minutes=1))
    BookingFactory(member=member, booked_at=made, first_told_at=made)
    evaluate_members([member.pk], ["members.Booking"])
    assert Enrollment.objects.get().goal_reached_at == made


def test_one_broken_workflow_does_not_keep_the_others_from_asking(
    member: Member, rung: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    broken = [
        StepFactory(workflow__club=member.club, workflow__slug="a", workflow__trigger="gone").workflow,
        StepFactory(workflow__club=member.club, workflow__slug="z", workflow__trigger_params={}).workflow,
    ]
    with caplog.at_level(logging.ERROR, "automations.jobs"):
        assert evaluate_members([member.pk]) == 1
    assert caplog.messages == [
        f"Workflow {workflow.pk} could not be asked about members who changed" for workflow in broken
    ]
    assert Enrollment.objects.get().workflow.slug == "missed-class"


def test_one_that_is_off_is_not_asked(
    member: Member, rung: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    Workflow.objects.update(is_enabled=False)
    assert evaluate_members([member.pk]) == 0
    assert not WorkflowRun.objects.exists()


def test_one_switched_off_at_that_moment_is_passed_over_in_silence(
    member: Member, rung: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ask = jobs.evaluate_these

    def just_switched_off(*args: Any, **more: Any) -> int:
        Workflow.objects.update(is_enabled=False)
        return ask(*args, **more)

    monkeypatch.setattr(jobs, "evaluate_these", just_switched_off)
    assert evaluate_members([member.pk]) == 0
    assert caplog.messages == []


# --- The health check -------------------------------------------------------------------------
def test_what_lags_behind_is_told_once(mailoutbox: list[EmailMessage], time_machine: Any) -> None:
    UserFactory(superuser=True)
    MessageFactory(due_at=NOW - dt.timedelta(minutes=31))
    assert jobs.check_health() == {"alerts raised": 1, "alerts over": 0, "alerts mailed": 1}
    time_machine.move_to(NOW + dt.timedelta(minutes=1), tick=False)
    assert jobs.check_health() == {"alerts raised": 0, "alerts over": 0}
    assert ["the oldest has been due for 31 minutes" in mail.body for mail in mailoutbox] == [True]


def test_a_provider_that_refuses_many_is_told(mailoutbox: list[EmailMessage], settings: Any) -> None:
    settings.ALERT_REFUSED_PERCENT = 10
    person, member = UserFactory(superuser=True), MemberFactory()
    for number in range(20):
        MessageFactory(member=member, status="failed" if number < 3 else "sent", attempts=1, ended_at=NOW)
    jobs.check_health()
    [mail] = mailoutbox
    assert mail.to == [person.email]
    assert f"{member.club}: 3 of the last 20 text messages were refused" in mail.body


def test_a_mail_that_does_not_leave_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    MessageFactory(due_at=NOW - dt.timedelta(minutes=31))
    assert jobs.check_health()["alerts mailed"] == 0  # Nobody has an address yet.
    UserFactory(superuser=True)
    assert jobs.check_health()["alerts mailed"] == 1
    assert "alerts mailed" not in jobs.check_health()


def test_the_health_check_costs_the_same_however_much_there_is(django_assert_max_num_queries: Any) -> None:
    jobs.check_health()
    for _ in range(30):
        MessageFactory(due_at=NOW - dt.timedelta(minutes=31), status="queued")
        MessageFactory(status="failed", attempts=1, ended_at=NOW)
    jobs.check_health()
    with django_assert_max_num_queries(30):
        jobs.check_health()
