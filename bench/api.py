"""One change over HTTP, and a hundred: the API against a bare view in the same web process, load from the same machine."""

import contextlib
import datetime as dt
import os
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import redis
from django.db import connection
from django.utils import timezone

from bench.api_load import AGREEMENTS
from bench.report import Line, Report, taking_turns
from members.models import Agreement, Club, Member, Scope
from members.operations.api_keys import create_api_key
from members.operations.follow_up import check_follow_up

REACH = 0.8
BROKER = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/15")
ROUNDS = 3
SECONDS = 4
CONNECTIONS = 8
SIZES = (1, 100)


def measure(report: Report, database_url: str) -> None:
    club = _populate()
    _key, secret = create_api_key(
        club=club,
        name="Bench",
        scopes=[Scope.WRITE_AGREEMENTS],
        now=timezone.now(),
        requests_per_minute=100_000,
    )
    lines = []
    with _served(database_url) as url:
        for size in SIZES:
            lines.append(_line(url, secret, size))
    report.table("Changes over HTTP, agreements per second", lines, "bare view")


def _line(url: str, secret: str, size: int) -> Line:
    rates: dict[str, list[float]] = defaultdict(list)

    def side(name: str, path: str) -> None:
        command = [sys.executable, "-m", "bench.api_load", url, path, secret, str(size)]
        command += [str(SECONDS), str(CONNECTIONS)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rates[name].append(int(done.stdout) * size / SECONDS)

    sides = [lambda: side("ours", "/api/v1/agreements"), lambda: side("bare", "/bare")]
    for warm in sides:
        warm()
    rates.clear()
    taking_turns(sides, ROUNDS)
    a, b = median(rates["ours"]), median(rates["bare"])
    what = "one in a request" if size == 1 else f"{size} in a request"
    return Line(what, f"{a:,.0f} /s", f"{b:,.0f} /s", a / b, REACH, more_is_better=True)


def _populate() -> Club:
    club, is_new = Club.objects.get_or_create(slug="bench-api", defaults={"name": "API"})
    if not is_new:
        return club
    Member.objects.bulk_create(
        [Member(club=club, external_id=f"M{n}", first_name="First") for n in range(AGREEMENTS)],
        batch_size=2_000,
    )
    keys = dict(Member.objects.filter(club=club).values_list("external_id", "pk"))
    Agreement.objects.bulk_create(
        [
            Agreement(
                club=club,
                member_id=keys[f"M{n}"],
                external_id=f"A{n}",
                purchased_on=dt.date(2025, 1, 1),
                past_due=0,
            )
            for n in range(AGREEMENTS)
        ],
        batch_size=2_000,
    )
    check_follow_up(club=club, now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE members_member, members_agreement")
    return club


@contextlib.contextmanager
def _served(database_url: str) -> Iterator[str]:
    """granian as in the Procfile, with the bare views beside."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--no-access-log"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "8"]
    server = subprocess.Popen(
        [*command, "bench.api_server:application"],
        # With a broker, as in production: without one the web process would do the workers' part as well.
        env={**os.environ, "DATABASE_URL": database_url, "REDIS_URL": BROKER},
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
        redis.Redis.from_url(BROKER).delete("evaluate")
