"""The jobs' page: what each run did in a sentence, errors folded away, and any job run now by a superuser."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from kombu.exceptions import OperationalError

from automations import jobs
from automations.jobs import JOBS
from automations.models import JobRun
from automations.operations.job_runs import LONGEST_JOB
from tests.factories import NOW, ClubFactory, MessageFactory, UserFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LIST = reverse("admin:automations_jobrun_changelist")


def run_now(name):
    return reverse("admin:automations_jobrun_run_now", args=[name])


def ran(name="deliver_messages", **values):
    return JobRun.objects.create(name=name, started_at=NOW, **{"status": "succeeded", **values})


def said(response):
    return [str(message) for message in response.context["messages"]]


def text(response):
    return response.content.decode()


def test_the_list_tells_what_each_run_did_in_a_sentence(admin_client):
    ran(counts={"sent": 2, "failed": 1}, records=3, finished_at=NOW + dt.timedelta(seconds=2))
    page = text(admin_client.get(LIST))
    for words in ("Sending", "2 messages sent, 1 failed.", "2.0 s"):
        assert words in page
    assert "deliver_messages</" not in page


def test_an_error_is_said_kindly_and_its_details_are_folded(admin_client):
    failed = ran(status="failed", error="  File x\nKeyError: <b>")
    assert "Something unexpected went wrong." in text(admin_client.get(LIST))
    page = text(admin_client.get(reverse("admin:automations_jobrun_change", args=[failed.pk])))
    assert "<details" in page
    assert "KeyError: &lt;b&gt;" in page
    assert "deliver_messages" not in page.lower().replace("deliver_messages/", "")


def test_it_filters_by_job_and_by_whether_anything_happened(admin_client):
    sent = ran(records=2)
    nothing, failed = ran("sweep_messages"), ran("sweep_messages", status="failed")

    def shown(**choice):
        return set(admin_client.get(LIST, choice).context["cl"].result_list)

    assert shown(job="sweep_messages") == {nothing, failed}
    assert shown(worth="did") == {sent}
    assert shown(worth="failed") == {failed}
    assert shown() == {sent, nothing, failed}


def test_each_scheduled_job_shows_last_next_and_a_button(admin_client):
    minutes = IntervalSchedule.objects.create(every=5, period="minutes")
    PeriodicTask.objects.create(name="x", task="automations.jobs.deliver_messages", interval=minutes)
    ran()
    page = text(admin_client.get(LIST))
    assert "1 Sept 2025, 10:05" in page
    assert run_now("deliver_messages") in page


@pytest.mark.parametrize("name", JOBS)
def test_each_job_runs_now(admin_client, name):
    answer = admin_client.post(run_now(name), follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert said(answer) == ["Done. Nothing to do."]
    assert JobRun.objects.get().name == name


def test_what_it_did_is_told(admin_client):
    MessageFactory()
    assert said(admin_client.post(run_now("deliver_messages"), follow=True)) == ["Done. 1 message sent."]


def test_the_question_runs_nothing(admin_client):
    assert "Run “Sending” now?" in text(admin_client.get(run_now("deliver_messages")))
    assert not JobRun.objects.exists()


def test_one_that_is_running_is_not_started_again(admin_client):
    going_on = ran(status="running")
    answer = admin_client.post(run_now("deliver_messages"), follow=True)
    assert said(answer) == ["It is running already, since 1 Sept 2025, 10:00."]
    assert JobRun.objects.get() == going_on


def test_one_whose_process_died_long_ago_does_not_stand_in_the_way(admin_client):
    going_on = ran(status="running")
    JobRun.objects.update(started_at=NOW - LONGEST_JOB - dt.timedelta(seconds=1))
    assert said(admin_client.post(run_now("deliver_messages"), follow=True)) == ["Done. Nothing to do."]
    assert JobRun.objects.exclude(pk=going_on.pk).get().status == "succeeded"


def test_one_that_was_asked_for_and_has_not_begun_is_not_asked_for_again(admin_client, monkeypatch):
    monkeypatch.setattr(jobs.deliver_messages, "delay", lambda: None)
    admin_client.post(run_now("deliver_messages"), follow=True)
    answer = admin_client.post(run_now("deliver_messages"), follow=True)
    assert said(answer) == ["Somebody has just asked for it already; it begins as soon as a worker is free."]
    assert JobRun.objects.get().status == "queued"
    jobs.deliver_messages()
    assert (JobRun.objects.get().status, JobRun.objects.get().by_hand) == ("succeeded", True)
    admin_client.post(run_now("deliver_messages"))
    assert JobRun.objects.count() == 2


def test_one_that_the_queue_lost_stands_in_the_way_no_longer_than_a_job_may_last(admin_client):
    lost = ran(status="queued", by_hand=True)
    JobRun.objects.update(started_at=NOW - LONGEST_JOB - dt.timedelta(seconds=1))
    assert said(admin_client.post(run_now("deliver_messages"), follow=True)) == ["Done. Nothing to do."]
    lost.refresh_from_db()
    assert (lost.status, lost.error) == ("failed", "No worker took it up.")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_at_once_one_is_told_that_somebody_was_quicker(monkeypatch):
    root = UserFactory(superuser=True)
    together, handed = Barrier(4), []
    create = JobRun.objects.create

    def create_together(**values):
        together.wait(10)  # Everybody has looked, and nobody has written yet.
        return create(**values)

    monkeypatch.setattr(JobRun.objects, "create", create_together)
    monkeypatch.setattr(jobs.deliver_messages, "delay", lambda: handed.append("deliver"))
    monkeypatch.setattr("automations.operations.job_runs.end_abandoned", lambda **_: 0)

    def post(_):
        client = Client()
        client.force_login(root)
        try:
            # Read from the page: what a test's client notes of contexts is of all threads together.
            return text(client.post(run_now("deliver_messages"), follow=True))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        pages = list(threads.map(post, range(4)))
    assert sum("Handed to a worker" in page for page in pages) == 1
    assert sum("Somebody has just asked for it already" in page for page in pages) == 3
    assert handed == ["deliver"]
    assert JobRun.objects.count() == 1


def test_one_that_fails_is_told_kindly(admin_client, monkeypatch):
    def no_room(**_):
        raise RuntimeError("no room")

    monkeypatch.setattr(jobs, "advance", no_room)
    answer = admin_client.post(run_now("advance_enrollments"), follow=True)
    assert said(answer) == ["It failed: Something unexpected went wrong."]
    assert JobRun.objects.get().status == "failed"


def test_with_a_queue_it_is_handed_to_a_worker(admin_client, monkeypatch):
    handed = []
    monkeypatch.setattr(jobs.deliver_messages, "delay", lambda: handed.append("deliver"))
    answer = admin_client.post(run_now("deliver_messages"), follow=True)
    assert said(answer) == ["Handed to a worker; the list below says what becomes of it."]
    assert handed == ["deliver"]


def test_a_queue_that_does_not_answer_is_told(admin_client, monkeypatch):
    def silent():
        raise OperationalError

    monkeypatch.setattr(jobs.deliver_messages, "delay", silent)
    answer = admin_client.post(run_now("deliver_messages"), follow=True)
    assert said(answer) == ["The queue did not answer, so nothing was started."]


def test_only_superusers_run_jobs(client):
    client.force_login(staff_of(ClubFactory()))
    assert client.get(run_now("deliver_messages")).status_code == 403
    assert client.post(run_now("deliver_messages")).status_code == 403
    assert not JobRun.objects.exists()


def test_a_job_that_does_not_exist_is_not_found(admin_client):
    assert admin_client.post(run_now("format_disk")).status_code == 404


def test_the_page_costs_the_same_for_one_run_and_for_many(admin_client):
    minutes = IntervalSchedule.objects.create(every=5, period="minutes")
    for name in JOBS:
        PeriodicTask.objects.create(name=name, task=f"automations.jobs.{name}", interval=minutes)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(LIST)
        return len(captured)

    # More than one page, which costs one query more.
    for _ in range(60):
        ran()
    queries()
    few = queries()
    for _ in range(10):
        for name in JOBS:
            ran(name)
    assert queries() == few
    assert few <= 12


def test_the_schedules_own_pages_open(admin_client):
    hourly = IntervalSchedule.objects.create(every=1, period="hours")
    CrontabSchedule.objects.create(minute="30", hour="3", timezone="UTC")
    job = PeriodicTask.objects.create(name="x", task="automations.jobs.deliver_messages", interval=hourly)
    for page in (
        reverse("admin:django_celery_beat_periodictask_changelist"),
        reverse("admin:django_celery_beat_periodictask_change", args=[job.pk]),
        reverse("admin:django_celery_beat_periodictask_add"),
    ):
        assert admin_client.get(page).status_code == 200


def test_its_instants_are_in_the_clubs_time(admin_client):
    ClubFactory(time_zone="Pacific/Honolulu")
    run = ran()
    assert "1 Sept 2025, 00:00" in text(admin_client.get(LIST))
    assert "1 Sept 2025, 00:00" in text(
        admin_client.get(reverse("admin:automations_jobrun_change", args=[run.pk]))
    )
    ClubFactory(time_zone="Pacific/Auckland")
    # In several zones none is everybody's.
    assert "1 Sept 2025, 10:00" in text(admin_client.get(LIST))


def test_the_schedule_is_in_words(admin_client):
    night = CrontabSchedule.objects.create(minute="30", hour="3", timezone="UTC")
    PeriodicTask.objects.create(name="x", task="automations.jobs.prune_job_runs", crontab=night)
    PeriodicTask.objects.create(
        name="own task",
        task="elsewhere.job",
        interval=IntervalSchedule.objects.create(every=5, period="minutes"),
    )
    page = text(admin_client.get(reverse("admin:django_celery_beat_periodictask_changelist")))
    for words in ("Forgetting old runs", "At 03:30 AM", "own task", "every 5 minutes", "not yet"):
        assert words in page
    assert "30 3 *" not in page
