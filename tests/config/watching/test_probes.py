"""Probes answer from inside, whatever the host and scheme, say which part failed, and give nothing away."""

import datetime as dt

import pytest
import redis
from django.core.management import call_command
from django.db import DatabaseError, connection
from django_celery_beat.models import PeriodicTask

from automations.models import JobRun
from config.watching import readiness as module
from tests.factories import NOW, EnrollmentFactory, MessageFactory

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def at_ten(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def well():
    """The schedule is loaded, and its heart beats."""
    call_command("loaddata", "schedule", verbosity=0)
    PeriodicTask.objects.update(date_changed=NOW)
    JobRun.objects.create(name="check_health", started_at=NOW - MINUTE)


def failed(client):
    answer = client.get("/readyz")
    told = answer.json()
    assert (answer.status_code, told["ready"]) == ((503, False) if told["failed"] else (200, True))
    return {name: told["checks"][name] for name in told["failed"]}


def test_a_process_that_answers_is_healthy(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"healthy": True})
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", ["/healthz", "/readyz", "/metrics"])
def test_probes_answer_whatever_the_host_and_scheme_are_and_change_nothing(client, settings, page, well):
    settings.SECURE_SSL_REDIRECT = True
    settings.METRICS_NETWORKS = ["127.0.0.1/32"]
    answer = client.get(page, headers={"Host": "10.1.2.3:8000"})
    assert answer.status_code == 200
    assert not answer.cookies
    assert client.post(page).status_code == 405


def test_it_is_ready_when_everything_is_well(client, well):
    assert failed(client) == {}


def test_a_database_that_does_not_answer_is_named_and_not_quoted(client, monkeypatch):
    def silent():
        raise DatabaseError("connection to postgres://rollcall:secret@db failed")

    monkeypatch.setattr(module, "_database", silent)
    assert failed(client) == {"database": "does not answer"}
    assert "secret" not in client.get("/readyz").content.decode()


@pytest.mark.parametrize("wrong", [redis.ConnectionError("secret"), ValueError("redis://:secret@x")])
def test_a_broker_that_does_not_answer_is_named(client, well, monkeypatch, settings, wrong):
    def silent(*args, **kwargs):
        raise wrong

    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(redis.Redis, "from_url", silent)
    assert failed(client) == {"broker": "does not answer"}


def test_a_migration_that_is_missing_is_named_and_nothing_else_is_asked(client, well):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'messaging'")
    assert failed(client) == {"migrations": "to be applied: messaging"}


@pytest.mark.parametrize(("minutes", "is_ready"), [(6, True), (7, False)])
def test_a_heart_that_stopped_is_noticed_after_minutes(client, well, minutes, is_ready):
    JobRun.objects.update(started_at=NOW - minutes * MINUTE)
    assert failed(client) == ({} if is_ready else {"heartbeat": "the last was 7 minutes ago"})


def test_a_schedule_without_the_heartbeat_is_not_ready(client, well):
    PeriodicTask.objects.filter(name="check_health").update(enabled=False)
    assert failed(client) == {"heartbeat": "the schedule has no check_health"}
    PeriodicTask.objects.all().delete()
    assert failed(client) == {"heartbeat": "the schedule has no check_health"}


def test_a_heart_that_never_beat_is_noticed(client, well):
    JobRun.objects.all().delete()
    assert failed(client) == {}
    PeriodicTask.objects.update(date_changed=NOW - 10 * MINUTE)
    assert failed(client) == {"heartbeat": "never yet"}


@pytest.mark.parametrize(("minutes", "is_ready"), [(30, True), (31, False)])
def test_what_has_been_due_for_too_long_is_told(client, well, minutes, is_ready):
    MessageFactory(due_at=NOW - minutes * MINUTE)
    EnrollmentFactory(enrolled_at=NOW - minutes * MINUTE)
    said = "the oldest has been due for 31 minutes"
    assert failed(client) == ({} if is_ready else {"messages": said, "enrollments": said})


def test_being_ready_costs_few_queries(client, well, django_assert_max_num_queries):
    for _ in range(5):
        MessageFactory()
    failed(client)
    with django_assert_max_num_queries(6):
        failed(client)


# --- Who may read the figures -----------------------------------------------------------------
def status(client, **headers):
    return client.get("/metrics", headers=headers).status_code


def test_without_a_setting_there_are_no_figures(client):
    assert status(client) == 404
    assert status(client, Authorization="Bearer ") == 404


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("Bearer right", 200),
        ("bearer right", 200),
        ("Bearer wrong", 401),
        ("Bearer ", 401),
        ("right", 401),
        ("Basic right", 401),
        ("", 401),
        ("Bearer rïght", 401),
    ],
)
def test_the_token_opens_them(client, settings, sent, expected):
    settings.METRICS_TOKEN = "right"
    assert status(client, Authorization=sent) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [("10.1.2.3", 200), ("11.1.2.3", 401), ("::1", 200), ("", 401), ("unix:", 401)],
)
def test_an_internal_network_opens_them(client, settings, address, expected):
    settings.METRICS_NETWORKS = ["10.0.0.0/8", "::1/128"]
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == expected


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP"])
def test_what_comes_through_a_proxy_is_not_internal(client, settings, header):
    settings.METRICS_NETWORKS = ["127.0.0.0/8"]
    assert status(client) == 200
    assert status(client, **{header: "127.0.0.1"}) == 401
