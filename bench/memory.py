"""What evaluating adds to the memory of an idle process: a fresh process per size, watched while it works."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator

from bench.report import Line, Report

ALLOWED_MB = 100


def measure(sizes: list[int], url: str, report: Report) -> None:
    from bench.evaluation import reset
    from bench.population import workflow_of

    lines = []
    for size in sizes:
        told = subprocess.run(
            [sys.executable, "-m", "bench.memory", url, str(size)], check=True, capture_output=True, text=True
        )
        idle, peak = json.loads(told.stdout)
        added = peak - idle
        lines.append(Line(f"{size:,} members", f"+{added:.1f} MB", f"{ALLOWED_MB} MB", added / ALLOWED_MB, 1))
        reset(workflow_of(size))
    report.table("Memory of a first night, beyond an idle process", lines, "allowed")


def main(url: str, size: int) -> None:
    from bench import database

    database.use(url)
    import psutil
    from django.db import connection

    from automations.engine.evaluation import evaluate, start_run
    from bench.population import NOW, workflow_of

    workflow = workflow_of(size)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    process = psutil.Process()
    idle = process.memory_info().rss
    with watched(process) as peak:
        evaluate(start_run(workflow, kind="by_hand", now=NOW))
    print(json.dumps([idle / 2**20, max(peak) / 2**20]))


@contextlib.contextmanager
def watched(process: "psutil.Process") -> Iterator[list[int]]:  # type: ignore[name-defined]  # noqa: F821
    """The most bytes that the process held while this lasted, in a list of one."""
    peak = [process.memory_info().rss]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.005):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
