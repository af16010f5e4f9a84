"""`run_job` runs a scheduled job by hand, or all of them, whatever becomes of one."""

import datetime as dt

import pytest
import time_machine

from automations.jobs import JOBS
from automations.models import JobRun
from tests.automations.management.conftest import Run
from tests.factories import NOW, MemberFactory, StepFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
NAMES = [
    "refresh_follow_up_statuses",
    "score_retention_risk",
    "evaluate_workflows",
    "advance_enrollments",
    "deliver_messages",
    "take_in_events",
    "read_receipts",
    "sweep_messages",
    "check_health",
    "prune_job_runs",
    "blank_old_words",
    "count_ahead",
    "count_outcomes",
    "recount_outcomes",
]


def test_it_lists_each_job_with_what_it_does(run: Run) -> None:
    code, text = run("run_job", "--list")
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()] == NAMES
    assert "deliver_messages           Send the messages that are due." in text.splitlines()
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("words", [(), ("deliver",), ("evaluate_members",)])
def test_a_job_it_does_not_know_is_answered_with_those_it_knows(words: tuple[str, ...], run: Run) -> None:
    assert run("run_job", *words) == (2, f"Name one of these jobs: {', '.join(NAMES)}, or all.")
    assert not JobRun.objects.exists()


def test_all_follow_a_member_up_from_the_check_to_the_message(run: Run, provider: ScriptedTransport) -> None:
    MemberFactory(club=StepFactory().workflow.club, days_away=10)
    with time_machine.travel(NOW, tick=False):
        code, text = run("run_job", "all")
        assert code == 0
        assert text.splitlines() == [
            "refresh_follow_up_statuses: checked 1, repaired 1",
            "score_retention_risk: scored 1, changed 1",
            "evaluate_workflows: evaluated 1, members 1, enrolled 1",
            "advance_enrollments: arrived 1, done 1",
            "deliver_messages: sent 1",
            "take_in_events: nothing to do",
            "read_receipts: nothing to do",
            "sweep_messages: requeued 0, unknown 0, jobs ended 0",
            "check_health: alerts raised 0, alerts over 0",
            "prune_job_runs: deleted 0, old uploads 0, old answers 0, old sign-ins 0",
            "blank_old_words: words deleted 0",
            "count_ahead: counted 0",
            "count_outcomes: counted 1",
            "recount_outcomes: counted 1",
        ]
    with time_machine.travel(NOW + dt.timedelta(minutes=1), tick=False):
        assert "deliver_messages: nothing to do" in run("run_job", "all")[1]
    assert len(provider.asked) == 1


def test_one_by_its_name_runs_alone(run: Run) -> None:
    assert run("run_job", "prune_job_runs") == (
        0,
        "prune_job_runs: deleted 0, old uploads 0, old answers 0, old sign-ins 0\n",
    )
    assert [job.name for job in JobRun.objects.all()] == ["prune_job_runs"]


def test_one_that_fails_does_not_stop_the_others(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(**_: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr("automations.jobs.advance", no_room)
    code, text = run("run_job", "all")
    assert code == 1
    assert "advance_enrollments: failed: no room" in text
    assert text.splitlines()[-1] == "Failed: advance_enrollments."
    assert [job.name for job in JobRun.objects.order_by("pk")] == NAMES == list(JOBS)
    assert [job.name for job in JobRun.objects.filter(status="failed")] == ["advance_enrollments"]
