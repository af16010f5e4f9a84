"""Delivery, every check and every commit included, against the bare loop of provider calls on as many threads."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from unittest import mock

import psutil
from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.test import override_settings

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate, start_run
from bench.memory import watched
from bench.population import NOW, vacuum, workflow_of
from bench.report import Line, Report, taking_turns
from config.celery import leave_what_is_loaded
from messaging.channels import forget_transports, transport_for
from messaging.channels.envelopes import Envelope, Outcome, Sent
from messaging.models import Message
from messaging.operations.delivery import deliver
from messaging.operations.wording import envelope_of

Status = Message.Status

SIZE = 100_000
MESSAGES = 8_000
"""Of those due, so that what a delivery costs once does not count."""
PLANNED, DELIVERED = 1_000_000, 100_000
"""With the largest size only."""
THREADS = (16, 32)
PROVIDER_ANSWERS_AFTER = 0.020
ROUNDS = 3
REACH = 0.85
ALLOWED_MB = 100


class SlowProvider:
    """Takes any number of messages at once, each as long as a provider in the same region."""

    def send(self, envelope: Envelope) -> Sent:
        time.sleep(PROVIDER_ANSWERS_AFTER)
        return Sent(f"slow-{envelope.message_id}")


def measure(report: Report, *, also_large: bool) -> None:
    workflow = workflow_of(SIZE)
    evaluate(start_run(workflow, kind="by_hand", now=NOW))
    advance(now=NOW)
    # As a worker does when it starts.
    leave_what_is_loaded()
    report.say(
        f"{MESSAGES:,} of {Message.objects.count():,} text messages, rendered from a template, each asked at every gate."
    )
    lines = []
    for threads in THREADS:
        with _slow_provider(threads):
            lines.append(_line(f"provider answers in 20 ms, {threads} threads", SlowProvider().send, threads))
    for threads in THREADS:
        with _counting_server(threads):
            send = transport_for("sms").send
            lines.append(_line(f"boto3, server answers in 20 ms, {threads} threads", send, threads))
    report.table("Delivery, messages per second", lines, "bare loop")
    if also_large:
        _measure_large(report)


def _line(what: str, send: Callable[[Envelope], Outcome], threads: int) -> Line:
    rates: dict[str, list[float]] = defaultdict(list)
    these = _first(MESSAGES)

    def ours() -> None:
        _put_back()
        rates["ours"].append(_rate_of_ours(these, MESSAGES))

    def bare() -> None:
        rates["bare"].append(_rate_of_bare(send, threads, _envelopes(these)))

    taking_turns([ours, bare], ROUNDS)
    a, b = median(rates["ours"]), median(rates["bare"])
    return Line(what, f"{a:,.0f} /s", f"{b:,.0f} /s", a / b, REACH, more_is_better=True)


def _measure_large(report: Report) -> None:
    """A million planned, a hundred thousand of them delivered, once; and what that adds to the memory of the process."""
    _plan(PLANNED)
    threads = THREADS[-1]
    these = _first(DELIVERED)
    process = psutil.Process()
    with _slow_provider(threads):
        _rate_of_ours(_first(MESSAGES), MESSAGES)
        _put_back()
        idle = process.memory_info().rss
        with watched(process) as peak:
            ours = _rate_of_ours(these, DELIVERED)
        added = (max(peak) - idle) / 2**20
        bare = _rate_of_bare(SlowProvider().send, threads, _envelopes(_first(MESSAGES)))
    report.table(
        f"{Message.objects.count():,} messages planned, {DELIVERED:,} delivered",
        [
            Line(
                f"messages per second, {threads} threads",
                f"{ours:,.0f}",
                f"{bare:,.0f}",
                ours / bare,
                REACH,
                more_is_better=True,
            ),
            Line(
                "memory, beyond 8,000 delivered",
                f"+{added:.1f} MB",
                f"{ALLOWED_MB} MB",
                added / ALLOWED_MB,
                1,
            ),
        ],
        "bare loop, or allowed",
    )


def _rate_of_ours(these: Q, number: int) -> float:
    began = time.perf_counter()
    counts = deliver(clock=lambda: NOW, only=these)
    rate = number / (time.perf_counter() - began)
    if counts != {"sent": number}:
        raise SystemExit(f"Not everything was sent: {counts}")
    return rate


def _rate_of_bare(send: Callable[[Envelope], Outcome], threads: int, envelopes: list[Envelope]) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        outcomes = list(pool.map(send, envelopes))
    rate = len(outcomes) / (time.perf_counter() - began)
    if not all(isinstance(outcome, Sent) for outcome in outcomes):
        raise SystemExit("The bare loop was refused.")
    return rate


def _envelopes(these: Q) -> list[Envelope]:
    messages = Message.objects.filter(these).select_related("club", "member__club", "template")
    return [envelope_of(message) for message in messages]


def _first(number: int) -> Q:
    return Q(pk__lte=Message.objects.order_by("pk").values_list("pk", flat=True)[number - 1])


def _plan(number: int) -> None:
    """Copies of the messages there are, for the same members, until there are so many."""
    fields = [field.column for field in Message._meta.concrete_fields if not field.primary_key]
    copied = ", ".join("NULL" if field == "token" else field for field in fields)
    with connection.cursor() as cursor:
        while (missing := number - Message.objects.count()) > 0:
            cursor.execute(
                f"INSERT INTO messaging_message ({', '.join(fields)}) "
                f"SELECT {copied} FROM messaging_message ORDER BY id LIMIT {missing}"
            )
    _put_back()


def _put_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE messaging_messageevent")
    Message.objects.exclude(status=Status.QUEUED).update(
        status=Status.QUEUED,
        claim=None,
        claimed_at=None,
        sent_at=None,
        ended_at=None,
        attempts=0,
        provider_id="",
    )
    vacuum("messaging_message")


@contextlib.contextmanager
def _slow_provider(threads: int) -> Iterator[None]:
    with (
        override_settings(SENDING_THREADS=threads),
        mock.patch("messaging.operations.delivery.transport_for", return_value=SlowProvider()),
    ):
        yield


@contextlib.contextmanager
def _counting_server(threads: int) -> Iterator[None]:
    """The tests' own AWS in a process of its own, as far away as AWS in the same region, and boto3 pointed at it."""
    environment = {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "no_proxy": "127.0.0.1",
    }
    with tempfile.TemporaryDirectory() as directory, mock.patch.dict(os.environ, environment):
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.aws.counting_server",
                "--ledger",
                str(Path(directory) / "ledger.jsonl"),
                "--latency",
                str(PROVIDER_ANSWERS_AFTER),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdout
        try:
            with override_settings(
                TRANSPORT="aws",
                AWS_ENDPOINT_URL=server.stdout.readline().strip(),
                AWS_CLIENT_CONFIG={**settings.AWS_CLIENT_CONFIG, "max_pool_connections": threads},
                SENDING_THREADS=threads,
            ):
                forget_transports()
                yield
        finally:
            server.kill()
            server.wait()
            forget_transports()
