"""A job is late when it did not start within the grace after its time."""

import datetime as dt

import pytest
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from automations.models import JobRun
from automations.reports.job_health import job_health

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2025, 9, 1, 10, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def every(minutes, **values):
    interval = IntervalSchedule.objects.create(every=minutes, period="minutes")
    return scheduled(interval=interval, **values)


def nightly(**values):
    return scheduled(crontab=CrontabSchedule.objects.create(minute="30", hour="3", timezone="UTC"), **values)


def scheduled(since=NOW - 60 * MINUTE, **values):
    task = PeriodicTask.objects.create(name="deliver", task="automations.jobs.deliver_messages", **values)
    PeriodicTask.objects.filter(pk=task.pk).update(date_changed=since)


def ran(at, **values):
    JobRun.objects.create(name="deliver_messages", started_at=at, **values)


def health():
    [only] = job_health(NOW)
    return only


@pytest.mark.parametrize(
    ("interval", "minutes_ago", "is_late"),
    [(1, 5, False), (1, 6, False), (1, 6.1, True), (10, 30, False), (10, 30.1, True)],
)
def test_a_frequent_job_is_late_after_two_intervals_more_or_five_minutes(interval, minutes_ago, is_late):
    every(interval)
    ran(NOW - minutes_ago * MINUTE)
    assert health().is_late == is_late


def test_a_nightly_job_is_late_on_the_same_morning():
    nightly()
    ran(dt.datetime(2025, 8, 31, 3, 30, tzinfo=dt.UTC))
    assert health().is_late


def test_a_nightly_job_that_ran_is_on_time_until_the_next_night():
    nightly()
    ran(dt.datetime(2025, 9, 1, 3, 30, tzinfo=dt.UTC))
    assert not health().is_late
    assert health().next_run_at == dt.datetime(2025, 9, 2, 3, 30, tzinfo=dt.UTC)


def test_one_that_never_ran_counts_from_when_it_was_scheduled():
    every(1, since=NOW - 3 * MINUTE)
    assert not health().is_late
    PeriodicTask.objects.update(date_changed=NOW - 60 * MINUTE)
    assert health().is_late
    assert health().last_run_at is None


def test_one_that_is_switched_off_is_never_late_and_has_no_next_time():
    every(1, enabled=False)
    assert not health().is_late
    assert health().next_run_at is None


def test_it_tells_the_last_run_and_what_became_of_it():
    every(5)
    ran(NOW - 4 * MINUTE)
    ran(NOW - 2 * MINUTE, status="failed")
    assert (health().last_run_at, health().last_status) == (NOW - 2 * MINUTE, "failed")
    assert health().next_run_at == NOW + 3 * MINUTE


def test_jobs_of_others_are_left_out(django_assert_num_queries):
    interval = IntervalSchedule.objects.create(every=1, period="minutes")
    PeriodicTask.objects.create(name="cleanup", task="celery.backend_cleanup", interval=interval)
    assert job_health(NOW) == []
