"""Sends batches of changed agreements as fast as they are answered: `python -m bench.api_load URL PATH KEY SIZE SECONDS CONNECTIONS`.

Prints how many requests were answered. Bodies are made before, so that the load costs little of the machine that it shares.
"""

import datetime as dt
import http.client
import json
import random
import sys
import threading
import time
from urllib.parse import urlsplit

AGREEMENTS = 20_000
BODIES = 40


def main() -> None:
    url, path, key, size, seconds, connections = sys.argv[1:]
    counts: list[int] = []
    until = time.monotonic() + float(seconds)
    threads = [
        threading.Thread(
            target=send,
            args=(url, path, key, int(size), until, counts, range(n, AGREEMENTS, int(connections))),
        )
        for n in range(int(connections))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(counts))


def send(  # each its own agreements, since the bare view has no order in which to lock
    url: str, path: str, key: str, size: int, until: float, counts: list[int], mine: range
) -> None:
    server = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    # So many at once that one takes little time; each newer than the one before.
    bodies: list[bytes] = []
    done = 0
    while time.monotonic() < until:
        if not bodies:
            bodies = [body(size, mine) for _ in range(BODIES if size == 1 else 4)]
        server.request("POST", path, bodies.pop(0), headers)
        answer = server.getresponse()
        said = answer.read()
        if answer.status != 200 or (b'"refused":0' not in said and b'"changed":' not in said):
            raise SystemExit(f"{answer.status} {said[:500]!r}")
        done += 1
    counts.append(done)


def body(size: int, mine: range) -> bytes:
    now = dt.datetime.now(dt.UTC).isoformat()
    return json.dumps(
        [
            {
                "id": f"A{n}",
                "member": f"M{n}",
                "purchased_on": "2025-01-01",
                "status": random.choice(["active", "inactive", "collections"]),  # noqa: S311
                "past_due": random.choice([0, 0, 4000]),  # noqa: S311
                "is_suspended": random.random() < 0.2,  # noqa: S311
                "occurred_at": now,
            }
            for n in random.sample(mine, size)
        ]
    ).encode()


if __name__ == "__main__":
    main()
