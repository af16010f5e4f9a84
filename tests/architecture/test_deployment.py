"""The Procfile, compose.yaml, the Dockerfile, .env.example and the lock files tell one story."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from honcho.environ import parse_procfile

from automations.jobs import SECONDS_PER_JOB
from scripts.up import SECONDS_TO_FINISH
from tests.architecture import ROOT

SERVERS = {"postgres", "redis"}
ONE_SHOT = {"migrate"}
# Read by something else than our settings.
READ_ELSEWHERE = {
    "POSTGRES_DB": "the postgres image",
    "POSTGRES_USER": "the postgres image",
    "POSTGRES_PASSWORD": "the postgres image, and compose.yaml",
    "PORT": "the Procfile and compose.yaml",
    "AWS_ACCESS_KEY_ID": "boto3",
    "AWS_SECRET_ACCESS_KEY": "boto3",
}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


@pytest.fixture(scope="module")
def processes() -> dict[str, str]:
    return dict(parse_procfile((ROOT / "Procfile").read_text()).processes)


@pytest.fixture(scope="module")
def known() -> set[str]:
    settings = (ROOT / "config" / "settings.py").read_text()
    return set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', settings)) | READ_ELSEWHERE.keys()


def pins(name: str) -> dict[str, set[str]]:
    """Name to pinned versions; one name may have several, for several Pythons."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w.\[\]-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE):
        found.setdefault(package, set()).add(version)
    return found


def test_compose_starts_what_the_procfile_starts(services, processes):
    assert services.keys() == processes.keys() | SERVERS | ONE_SHOT


def test_each_command_in_compose_is_the_procfile_s(services, processes):
    # Inside a container the port is always 8000; outside it is the one that PORT names.
    expected = {
        name: shlex.split(command.replace("${PORT:-8000}", "8000")) for name, command in processes.items()
    }
    assert {name: shlex.split(services[name]["command"]) for name in processes} == expected


def test_every_queue_that_jobs_are_sent_to_has_a_worker(processes, settings):
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {
        settings.CELERY_TASK_DEFAULT_QUEUE
    }
    served: set[str] = set()
    for command in processes.values():
        words = shlex.split(command)
        if "--queues" in words:
            served |= set(words[words.index("--queues") + 1].split(","))
    assert served == routed


def test_one_beat_is_started(processes):
    assert [name for name, command in processes.items() if "celery" in command and " beat" in command] == [
        "beat"
    ]


def test_every_image_is_pinned(services):
    bases = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    images = bases + [services[name]["image"] for name in SERVERS]
    assert [image for image in images if not re.search(r":\d+\.?\d*", image)] == []


def test_every_server_is_waited_for_until_it_answers(services):
    for name in SERVERS:
        assert "test" in services[name]["healthcheck"], name
    assert {name: services["migrate"]["depends_on"][name]["condition"] for name in SERVERS} == dict.fromkeys(
        SERVERS, "service_healthy"
    )


def test_nothing_starts_before_the_tables_are_ready(services, processes):
    for name in processes:
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully", name


def test_a_worker_is_given_as_long_to_finish_as_its_longest_job_and_call(services, processes, settings):
    longest = SECONDS_PER_JOB + sum(
        settings.AWS_CLIENT_CONFIG[name] for name in ("connect_timeout", "read_timeout")
    )
    given = {
        name: int(services[name]["stop_grace_period"].removesuffix("s"))
        for name, command in processes.items()
        if " worker " in command
    }
    assert given == dict.fromkeys(given, SECONDS_TO_FINISH)
    assert longest < SECONDS_TO_FINISH


def mentioned_in_compose(services: dict[str, Any]) -> Iterator[str]:
    for service in services.values():
        yield from service.get("environment") or {}
    yield from re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "compose.yaml").read_text())


def test_compose_names_no_variable_that_nothing_reads(services, known):
    assert set(mentioned_in_compose(services)) - known == set()


def test_the_example_environment_names_all_that_the_settings_read_and_nothing_else(known):
    example = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert example - known == set()
    assert known - example - {"POSTGRES_DB", "POSTGRES_USER"} == set()


def test_operations_explains_every_variable_of_the_example():
    explained = (ROOT / "docs" / "operations.md").read_text()
    example = re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert [name for name in example if f"`{name}`" not in explained] == []


def test_development_runs_on_the_versions_of_production():
    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: development.get(name) for name in runtime} == runtime
