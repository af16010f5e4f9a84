"""The record of jobs stays honest, whatever happens to the process."""

import datetime as dt

import pytest

from automations.models import JobRun
from automations.operations.job_runs import LONGEST_JOB, end_abandoned, recorded
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_it_keeps_how_many_and_how_long():
    assert recorded("count", lambda: {"sent": 3, "failed": 1}) == {"sent": 3, "failed": 1}
    run = JobRun.objects.get()
    assert (run.status, run.records, run.counts) == ("succeeded", 4, {"sent": 3, "failed": 1})
    assert run.seconds is not None


def test_a_job_that_fails_is_kept_with_its_error_and_still_fails():
    def break_off() -> dict[str, int]:
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError):
        recorded("count", break_off)
    run = JobRun.objects.get()
    assert run.status == "failed"
    assert "no room" in run.error


@pytest.mark.parametrize(
    ("age", "status"), [(LONGEST_JOB, "running"), (LONGEST_JOB + dt.timedelta(seconds=1), "failed")]
)
def test_one_whose_process_was_killed_is_ended_once_no_job_could_still_run(age, status):
    JobRun.objects.create(name="count", started_at=NOW - age)
    end_abandoned(now=NOW)
    assert JobRun.objects.get().status == status
