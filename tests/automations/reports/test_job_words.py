"""Jobs in words that a person understands: no sum of unlike things, no name of a function."""

import datetime as dt

import pytest

from automations.jobs import JOBS
from automations.models import JobRun
from automations.reports.job_words import (
    PURPOSES,
    TITLES,
    done_in_words,
    duration_in_words,
    title_of,
    wrong_in_words,
)
from tests.factories import NOW


def run(counts=None, status="succeeded", error="", seconds=None):
    ended = None if seconds is None else NOW + dt.timedelta(seconds=seconds)
    return JobRun(
        name="x", status=status, counts=counts or {}, error=error, started_at=NOW, finished_at=ended
    )


def test_every_job_has_a_title_and_a_purpose():
    assert set(JOBS) <= set(TITLES)
    assert set(JOBS) <= set(PURPOSES)


def test_one_that_nobody_named_is_still_readable():
    assert title_of("count_stars") == "Count stars"


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        (
            {"evaluated": 1, "members": 480, "enrolled": 3},
            "1 workflow checked, 480 members looked at, 3 to be followed up.",
        ),
        ({"sent": 2, "skipped": 0, "failed": 1}, "2 messages sent, 1 failed."),
        ({"requeued": 0, "unknown": 0, "jobs ended": 0}, "Nothing to do."),
        ({}, "Nothing to do."),
        ({"new_thing": 1200}, "1,200 new thing."),
    ],
)
def test_what_it_did_is_a_sentence(counts, says):
    assert done_in_words(run(counts)) == says


@pytest.mark.parametrize("status", ["running", "failed"])
def test_one_that_has_not_succeeded_did_nothing_to_tell(status):
    assert done_in_words(run({"sent": 2}, status)) == ""


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("", ""),
        ("  File x\nOperationalError: server closed the connection", "The database did not answer."),
        ("billiard.exceptions.SoftTimeLimitExceeded", "It took too long and was stopped."),
        ("KeyError: 'name'", "Something unexpected went wrong."),
        ("The process ended in the middle of the job.", "The process ended in the middle of the job."),
    ],
)
def test_what_went_wrong_is_said_kindly(error, says):
    assert wrong_in_words(run(error=error, status="failed")) == says


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(None, ""), (0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 0 s"), (125, "2 min 5 s")],
)
def test_how_long_it_took(seconds, says):
    assert duration_in_words(run(seconds=seconds)) == says
