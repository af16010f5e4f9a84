"""Real processes for the crash tests: started, stood by, killed at a chosen moment, and always cleaned up."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
POLL = 0.005


class Process:
    """One program in a process group of its own, writing to a log file."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self.name, self.command, self.log = name, command, log
        # PGAPPNAME lets the tests see when PostgreSQL has noticed that its client is dead.
        self.environment = {**environment, "PGAPPNAME": name}
        self.may_end = self.is_kept_up = False
        self.begin()

    def begin(self) -> None:
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def is_ready(self) -> bool:
        return self.said.startswith("ready\n")

    def go(self) -> None:
        """Let a worker that stands by begin."""
        assert self.popen.stdin
        self.popen.stdin.write(b"go\n")
        self.popen.stdin.flush()

    def kill(self) -> None:
        """`kill -9` for it and whatever it started; gone when this returns."""
        self.may_end = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait(10)
        assert self.popen.stdin
        self.popen.stdin.close()

    def stop(self, within: float = 60) -> None:
        """Ask it alone to finish what it has in hand."""
        self.may_end = True
        self.popen.send_signal(signal.SIGTERM)
        self.popen.wait(within)


class Processes:
    """Those of one test. As a context it kills at the end whatever still runs."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder, self.environment = folder, dict(environment)
        self.all: list[Process] = []

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.all:
            process.kill()

    def start(self, name: str, *command: str, **environment: str) -> Process:
        name = f"{name}-{len(self.all)}"
        process = Process(name, [*command], {**self.environment, **environment}, self.folder / f"{name}.log")
        self.all.append(process)
        return process

    def python(self, name: str, *arguments: str, **environment: str) -> Process:
        return self.start(name, sys.executable, *arguments, **environment)

    def worker(self, role: str, *options: str, **environment: str) -> Process:
        """A worker that is about to be ready and stands by until it is told to go."""
        return self.python(role, "-m", "tests.crash.worker", role, *options, **environment)

    def until(self, condition: Callable[[], object], what: str, within: float = 60) -> None:
        """Poll until it holds; fails after so many seconds, or as soon as a process dies that nobody killed."""
        give_up_at = time.monotonic() + within
        while not condition():
            self.are_well()
            assert time.monotonic() < give_up_at, f"After {within:.0f} s still not: {what}\n{self._logs()}"
            time.sleep(POLL)

    def are_well(self) -> None:
        """Fails if one ended by itself and not well; one that is to be kept up begins again instead."""
        for process in self.all:
            code = process.popen.poll()
            if code and process.is_kept_up and not process.may_end:
                process.kill()  # What its children had in hand ends as well.
                process.may_end = False
                process.begin()
                continue
            assert process.may_end or not code, (
                f"{process.name} died by itself ({code}):\n{process.said[-3000:]}"
            )

    def finish(self, *processes: Process, within: float = 60) -> None:
        """Wait for processes that end by themselves."""
        self.until(
            lambda: all(process.popen.poll() is not None for process in processes), "all have ended", within
        )
        self.are_well()

    def _logs(self) -> str:
        return "\n".join(f"--- {process.name}\n{process.said[-800:]}" for process in self.all)


class Provider:
    """The counting server in a process of its own, and its ledger."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        self.ledger = folder / "ledger.jsonl"
        self.ledger.touch()
        self._unread, self._counted = self.ledger.open("rb"), 0
        server = processes.python(
            "provider", "-m", "tests.aws.counting_server", "--port", "0", "--ledger", str(self.ledger)
        )
        processes.until(lambda: server.said.endswith("\n"), "the provider has said where it is")
        self.url = server.said.strip()
        processes.environment["AWS_ENDPOINT_URL"] = self.url

    def __enter__(self) -> "Provider":
        return self

    def __exit__(self, *_: object) -> None:
        self._unread.close()

    def behave(self, *, latency: float = 0.0, **faults: float) -> None:
        wanted = {
            "latency": latency,
            "faults": {name.replace("_", "-"): share for name, share in faults.items()},
        }
        urllib.request.urlopen(f"{self.url}/control", data=json.dumps(wanted).encode(), timeout=5).close()

    @property
    def counts(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.url}/control", timeout=5) as answer:
            counts: dict[str, int] = json.load(answer)
        return counts

    @property
    def taken(self) -> int:
        """How many messages it has accepted so far."""
        self._counted += self._unread.read().count(b"\n")
        return self._counted

    @property
    def accepted(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.ledger.read_text().splitlines()]


class Redis:
    """A Redis of the test's own, without persistence, on a free port that it keeps when it is started again."""

    PROGRAM = shutil.which("redis-server")

    def __init__(self, processes: Processes, folder: Path) -> None:
        self.processes, self.folder, self.port = processes, folder, free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        assert self.PROGRAM
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", str(self.folder)]
        self.process = self.processes.start("redis", self.PROGRAM, *options)
        self.processes.until(self._answers, "Redis answers")

    def kill(self) -> None:
        self.process.kill()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
