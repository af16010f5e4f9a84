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

from django.conf import settings
from django.db import connection
from django.test import override_settings

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate, start_run
from bench.population import NOW, vacuum, workflow_of
from bench.report import Line, Report, taking_turns
from messaging.channels import forget_transports, transport_for
from messaging.channels.envelopes import Envelope, Outcome, Sent
from messaging.models import Message
from messaging.operations.delivery import deliver
from messaging.operations.wording import envelope_of

SIZE = 10_000
THREADS = (16, 32)
PROVIDER_ANSWERS_AFTER = 0.020
ROUNDS = 3
REACH = 0.85


class SlowProvider:
    """Takes any number of messages at once, each as long as a provider in the same region."""

    def send(self, envelope: Envelope) -> Sent:
        time.sleep(PROVIDER_ANSWERS_AFTER)
        return Sent(f"slow-{envelope.message_id}")


def measure(report: Report) -> None:
    workflow = workflow_of(SIZE)
    evaluate(start_run(workflow, kind="by_hand", now=NOW))
    advance(now=NOW)
    count = Message.objects.count()
    report.say(f"{count:,} text messages, rendered from a template, each asked at every gate.")
    lines = []
    for threads in THREADS:
        with (
            override_settings(SENDING_THREADS=threads),
            mock.patch("messaging.operations.delivery.transport_for", return_value=SlowProvider()),
        ):
            lines.append(_line(f"provider answers in 20 ms, {threads} threads", SlowProvider().send, threads))
    for threads in THREADS:
        with _counting_server(threads):
            lines.append(
                _line(f"boto3 over HTTP on loopback, {threads} threads", transport_for("sms").send, threads)
            )
    report.table("Delivery, messages per second", lines, "bare loop")


def _line(what: str, send: Callable[[Envelope], Outcome], threads: int) -> Line:
    rates: dict[str, list[float]] = defaultdict(list)

    def ours() -> None:
        _put_back()
        began = time.perf_counter()
        counts = deliver(clock=lambda: NOW)
        rates["ours"].append(counts["sent"] / (time.perf_counter() - began))
        if counts != {"sent": Message.objects.count()}:
            raise SystemExit(f"Not everything was sent: {counts}")

    def bare() -> None:
        messages = Message.objects.select_related("club", "member__club", "template")
        envelopes = [envelope_of(message) for message in messages]
        began = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            outcomes = list(pool.map(send, envelopes))
        rates["bare"].append(len(outcomes) / (time.perf_counter() - began))
        if not all(isinstance(outcome, Sent) for outcome in outcomes):
            raise SystemExit("The bare loop was refused.")

    taking_turns([ours, bare], ROUNDS)
    a, b = median(rates["ours"]), median(rates["bare"])
    return Line(what, f"{a:,.0f} /s", f"{b:,.0f} /s", a / b, REACH, more_is_better=True)


def _put_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE messaging_messageevent")
    Message.objects.update(
        status=Message.Status.QUEUED,
        claim=None,
        claimed_at=None,
        sent_at=None,
        ended_at=None,
        attempts=0,
        provider_id="",
    )
    vacuum("messaging_message")


@contextlib.contextmanager
def _counting_server(threads: int) -> Iterator[None]:
    """The tests' own AWS in a process of its own, and boto3 pointed at it."""
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
