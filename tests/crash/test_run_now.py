"""The buttons *Run now* of the admin with a real worker behind: what was asked for is done, once, and told on the page."""

import pytest
import redis
from django.conf import settings
from django.test import Client
from django.urls import reverse

from automations.models import Enrollment, JobRun, WorkflowRun
from messaging.models import Message
from tests.crash.accounts import club_with_members_due
from tests.crash.processes import Processes
from tests.factories import UserFactory

pytestmark = [pytest.mark.celery, pytest.mark.django_db(transaction=True)]
JOBS = reverse("admin:automations_jobrun_changelist")


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(UserFactory(superuser=True))
    return client


@pytest.fixture
def worker(processes: Processes) -> None:
    """One for all queues, on the Redis that this process asks, emptied before and after."""
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.flushdb()
    processes.environment |= {"REDIS_URL": settings.REDIS_URL, "TRANSPORT": "console", "LOG_LEVEL": "INFO"}
    queues = ["--queues", "evaluate,advance,deliver", "--concurrency", "1", "-n", "worker@here"]
    started = processes.python("worker", "-m", "celery", "-A", "config", "worker", *queues)
    processes.until(lambda: "ready." in started.said, "the worker is ready")
    yield
    started.stop()
    broker.flushdb()


def test_a_job_that_is_run_now_is_run_by_the_worker_and_seen_on_the_page(
    superuser: Client, worker: None, processes: Processes
) -> None:
    url = reverse("admin:automations_jobrun_run_now", args=["sweep_messages"])
    answer = superuser.post(url, headers={"X-Request-ID": "asked-by-the-test"}, follow=True)
    assert "Handed to a worker" in answer.content.decode()
    processes.until(JobRun.objects.filter(status="succeeded").exists, "the job has run")
    run = JobRun.objects.get()
    assert (run.name, run.by_hand) == ("sweep_messages", True)
    assert "Nothing to do." in superuser.get(JOBS).content.decode()
    assert "request=asked-by-the-test" in processes.all[-1].said, "its lines bear the request that asked"


def test_a_workflow_that_is_run_now_is_carried_out_to_the_message(
    superuser: Client, worker: None, processes: Processes
) -> None:
    workflow = club_with_members_due(3, channels=("sms",))
    url = reverse("admin:automations_workflow_run_now", args=[workflow.pk])
    page = superuser.get(url)
    answer = superuser.post(url, {"seen": page.context["seen"]}, follow=True)
    assert answer.status_code == 200
    processes.until(
        lambda: JobRun.objects.filter(name="run_by_hand", status="succeeded").exists(), "the run is done"
    )
    run = WorkflowRun.objects.get()
    assert run.finished_at is not None
    assert Enrollment.objects.filter(run=run).count() == Message.objects.count() == 3
    processes.until(lambda: not Message.objects.filter(status="queued").exists(), "everybody is told or held")
    again = superuser.post(url, {"seen": page.context["seen"]}, follow=True)
    assert again.status_code == 200
    assert Message.objects.count() == 3
