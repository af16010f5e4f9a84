"""The figures tell what the database holds, whichever process is asked, and cost the same however much that is."""

import datetime as dt
import os
import subprocess
import sys

import pytest
from django.db import DatabaseError
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from prometheus_client.parser import text_string_to_metric_families

from automations.models import Alert, JobRun
from automations.operations.job_runs import recorded
from config.watching import figures as module
from members.models import FollowUpChange
from members.operations.follow_up import check_follow_up, refresh_follow_up
from messaging.operations.tallies import SETTLED_FOR, count_settled
from tests.architecture import ROOT
from tests.factories import NOW, ClubFactory, EnrollmentFactory, MemberFactory, MessageFactory

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
OTHERS = ("rollcall_requests_total", "none", "GET", "200")
ORDER = ("part", "method", "status", "job", "channel", "queue", "kind", "what", "result", "le")


@pytest.fixture(autouse=True)
def at_ten(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture(autouse=True)
def opened(settings):
    settings.METRICS_TOKEN = "right"


def read(client):
    text = client.get("/metrics", headers={"Authorization": "Bearer right"}).content.decode()
    return {
        (sample.name, *(sample.labels[name] for name in ORDER if name in sample.labels)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_it_tells_how_jobs_ran_and_what_they_counted(client, time_machine):
    def send():
        time_machine.shift(1.5)
        return {"sent": 3, "failed": 0}

    recorded("deliver_messages", send)
    with pytest.raises(RuntimeError):
        recorded("deliver_messages", fail)
    figures = read(client)
    assert figures["rollcall_job_runs_total", "deliver_messages", "succeeded"] == 1
    assert figures["rollcall_job_runs_total", "deliver_messages", "failed"] == 1
    assert figures["rollcall_job_seconds_total", "deliver_messages"] == 1.5
    assert figures["rollcall_job_done_total", "deliver_messages", "sent"] == 3
    assert ("rollcall_job_done_total", "deliver_messages", "failed") not in figures


def fail():
    raise RuntimeError


def test_sums_outlive_the_runs_that_are_forgotten(client):
    recorded("deliver_messages", lambda: {"sent": 3})
    JobRun.objects.all().delete()
    recorded("deliver_messages", lambda: {"sent": 4})
    assert read(client)["rollcall_job_done_total", "deliver_messages", "sent"] == 7


def test_it_tells_how_many_statuses_changed_by_a_fact_or_by_the_check(client):
    before = read(client)[("rollcall_statuses_recomputed_total",)]
    member = MemberFactory()
    refresh_follow_up(club=member.club, member_ids=[member.pk], now=NOW)
    MemberFactory(club=member.club)
    check_follow_up(club=member.club, now=NOW)
    after = read(client)[("rollcall_statuses_recomputed_total",)]
    newest, first = FollowUpChange.objects.order_by("-pk").values_list("pk", flat=True)
    assert (after, after - first) == (newest, 1)
    assert before < first


def test_it_tells_the_last_run_of_each_job_and_how_late_it_is(client):
    minutes = IntervalSchedule.objects.create(every=1, period="minutes")
    PeriodicTask.objects.create(name="x", task="automations.jobs.deliver_messages", interval=minutes)
    started = NOW - 8 * MINUTE
    JobRun.objects.create(
        name="deliver_messages", started_at=started, finished_at=started + dt.timedelta(seconds=2)
    )
    figures = read(client)
    assert {name[0]: value for name, value in figures.items() if name[1:] == ("deliver_messages",)} == {
        "rollcall_job_last_start_timestamp_seconds": started.timestamp(),
        "rollcall_job_last_seconds": 2,
        "rollcall_job_overdue_seconds": 7 * 60,
        "rollcall_job_late": 1,
    }


def test_it_tells_messages_queues_and_alerts(client):
    count_settled(now=NOW - SETTLED_FOR)
    MessageFactory(status="sent", ended_at=NOW - SETTLED_FOR)
    count_settled(now=NOW)
    MessageFactory(due_at=NOW - 3 * MINUTE)
    EnrollmentFactory()
    values = {"kind": "job_late", "opened_at": NOW, "seen_at": NOW}
    Alert.objects.create(subject="x", **values)
    Alert.objects.create(subject="y", resolved_at=NOW, **values)
    figures = read(client)
    assert figures["rollcall_messages_total", "sms", "sent"] == 1
    assert figures["rollcall_messages_total", "email", "failed"] == 0
    assert figures["rollcall_queue_depth", "messages"] == 1
    assert figures["rollcall_queue_lag_seconds", "messages"] == 180
    assert figures["rollcall_queue_depth", "enrollments"] == 1
    assert figures["rollcall_alerts_open", "job_late"] == 1
    assert figures["rollcall_alerts_open", "refusals"] == 0
    assert figures[("rollcall_database_up",)] == 1


def test_requests_are_counted_by_part_and_the_probes_are_not(client):
    key = ("rollcall_requests_total", "admin", "GET", "302")
    before, others = read(client).get(key, 0), read(client).get(OTHERS, 0)
    client.get("/admin/members/member/?q=Jane")
    client.get("/admin/members/member/17/change/")
    client.get("/healthz")
    figures = read(client)
    assert figures[key] == before + 2
    assert figures.get(OTHERS, 0) == others
    assert not [name for name in figures if "Jane" in str(name) or "metrics" in str(name)]


def test_without_the_database_it_tells_just_that(client, monkeypatch):
    def silent():
        raise DatabaseError

    monkeypatch.setattr(module, "_alerts", silent)
    figures = read(client)
    assert figures[("rollcall_database_up",)] == 0
    assert not [name for name in figures if "queue" in name[0]]


def test_it_costs_the_same_for_a_few_messages_and_for_many(client, django_assert_num_queries):
    for number in (1, 20):
        for _ in range(number):
            MessageFactory()
            EnrollmentFactory()
            recorded("deliver_messages", lambda: {"sent": 1})
            Alert.objects.create(
                kind="refusals", subject="sms", club=ClubFactory(), opened_at=NOW, seen_at=NOW
            )
        with django_assert_num_queries(7):
            read(client)


COUNTS_AND_TELLS = """
import sys, pathlib
from config.watching.requests import share_counts
share_counts(pathlib.Path(sys.argv[1]))
from config.watching.counters import REQUESTS
REQUESTS.labels("admin", "GET", 200).inc(int(sys.argv[2]))
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def test_the_web_processes_of_a_server_count_together(tmp_path):
    """Each answers with the sum; those of another server, which has another parent, begin at zero."""

    def told_by(number, environment=None):
        command = [sys.executable, "-c", COUNTS_AND_TELLS, str(tmp_path), str(number)]
        return subprocess.check_output(
            command, cwd=ROOT, env={**os.environ, **(environment or {})}, text=True, timeout=60
        )

    assert 'status="200"} 2.0' in told_by(2)
    assert 'status="200"} 5.0' in told_by(3)
    [ours] = tmp_path.iterdir()
    assert ours.name.endswith(f"-{os.getpid()}")
