"""A small AWS on loopback that takes messages of SNS, End User Messaging and SES, counts each one that it takes, and fails on request.

Every accepted message is one JSON line in the ledger, on disk before the answer leaves. As a process:
`python -m tests.aws.counting_server --port 0 --ledger FILE [--fault throttle=0.1 ...] [--latency 0.01]`.
Over HTTP: `GET /control` reads the counts, `POST /control` sets `{"faults": {name: probability}, "latency": seconds}`.
"""

import argparse
import contextlib
import json
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.aws import wire

# Refused without being taken: HTTP status, code and words as AWS gives them.
REFUSALS = {
    "throttle": (400, "Throttling", "Rate exceeded"),
    "daily-quota": (400, "LimitExceededException", "Daily message quota exceeded."),
    "opted-out": (400, "InvalidParameter", "Invalid parameter: Phone number is opted out"),
    "invalid-number": (
        400,
        "InvalidParameter",
        "Invalid parameter: PhoneNumber Reason: {to} is not valid to publish to",
    ),
    "unverified": (
        400,
        "MessageRejected",
        "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: {to}",
    ),
    "spending": (400, "InvalidParameter", "No quota left for account"),
    "sandbox": (
        400,
        "InvalidParameter",
        "Invalid parameter: the account is in the sandbox and {to} is not on its list",
    ),
    "denied": (403, "AuthorizationError", "User is not authorized to perform: SNS:Publish on resource: {to}"),
}
# `hang` takes the message and never answers; `drop-before` hangs up without having taken it.
FAULTS = {"accept-then-500", "accept-then-drop", "drop-before", "hang", *REFUSALS}


PROTOCOLS = {wire.Ses.PATH: wire.Ses, wire.Social.PATH: wire.Social}


class CountingServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, ledger: Path, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.ledger = ledger
        self.faults: dict[str, float] = {}
        self.latency = 0.0
        self.requests: list[dict[str, Any]] = []
        self.connections = 0
        self.closing = threading.Event()
        self._file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def accepted(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.ledger.read_text().splitlines()]

    def fail(self, *, latency: float = 0.0, **faults: float) -> None:
        """`fail(throttle=0.2, accept_then_500=0.1)`: from now on, with these probabilities."""
        wanted = {name.replace("_", "-"): probability for name, probability in faults.items()}
        if unknown := wanted.keys() - FAULTS:
            raise ValueError(f"no such fault: {', '.join(unknown)}")
        self.faults, self.latency = wanted, latency

    def accept(self, message: dict[str, Any]) -> str:
        provider_id = str(uuid.uuid4())
        os.write(self._file, (json.dumps({**message, "provider_id": provider_id}) + "\n").encode())
        return provider_id

    def pick(self) -> str:
        roll = random.random()
        for fault, probability in self.faults.items():
            roll -= probability
            if roll < 0:
                return fault
        return ""

    def server_close(self) -> None:
        self.closing.set()
        super().server_close()
        os.close(self._file)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Silent: clients that are killed hang up in the middle, which is the point."""


class Handler(BaseHTTPRequestHandler):
    server: CountingServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # Status, headers and body leave in one packet.
    disable_nagle_algorithm = True

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def do_GET(self) -> None:
        # By lines: the last one may be half written while it is looked at.
        accepted = self.server.ledger.read_bytes().count(b"\n")
        counts = {"requests": len(self.server.requests), "accepted": accepted}
        self._answer(200, json.dumps({**counts, "connections": self.server.connections}))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/control":
            wanted = json.loads(body)
            self.server.fail(latency=wanted.get("latency", 0.0), **wanted.get("faults", {}))
            return self._answer(200, "{}")
        protocol: Any = PROTOCOLS.get(self.path, wire.Sns)
        if self.headers.get("X-Amz-Target") == wire.EndUserMessaging.TARGET:
            protocol = wire.EndUserMessaging
        message = protocol.message(body.decode())
        self.server.requests.append(message)
        time.sleep(self.server.latency)

        fault = self.server.pick()
        if fault in REFUSALS:
            status, code, words = REFUSALS[fault]
            return self._answer(status, protocol.refusal(code, words.format(to=message["address"])), code)
        if fault == "drop-before":
            self.close_connection = True
            return None
        provider_id = self.server.accept(message)
        if fault == "hang":
            self.server.closing.wait(60)
        if fault in {"hang", "accept-then-drop"}:
            self.close_connection = True
            return None
        if fault == "accept-then-500":
            code, words = "InternalFailure", "We had an internal error"
            return self._answer(500, protocol.refusal(code, words), code)
        return self._answer(200, protocol.acceptance(provider_id))

    def _answer(self, status: int, body: str, code: str = "") -> None:
        data = body.encode()
        self.send_response(status)
        if code:
            self.send_header("x-amzn-ErrorType", code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@contextlib.contextmanager
def running(ledger: Path, port: int = 0) -> Iterator[CountingServer]:
    """A server in this process, in threads of its own."""
    with CountingServer(ledger, port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--fault", action="append", default=[], metavar="NAME=PROBABILITY")
    parser.add_argument("--latency", type=float, default=0.0)
    chosen = parser.parse_args()
    server = CountingServer(chosen.ledger, chosen.port)
    faults = (fault.partition("=") for fault in chosen.fault)
    server.fail(latency=chosen.latency, **{name: float(probability or 1) for name, _, probability in faults})
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
