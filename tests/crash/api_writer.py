"""A club's system that changes agreements at random over HTTP, and writes down all that it told.

`python -m tests.crash.api_writer URL KEY SEED SECONDS MEMBERS FILE`: batches of 1 to 20, not in the order in which they came true.
"""

import datetime as dt
import http.client
import json
import random
import sys
import time
from typing import Any
from urllib.parse import urlsplit

AGREEMENTS_EACH = 2
LATE = 3.0
"""Seconds by which what is told may have come true before."""


def main() -> None:
    url, key, seed, seconds, members, file = sys.argv[1:]
    rng = random.Random(int(seed))
    server = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    until = time.monotonic() + float(seconds)
    with open(file, "w") as told:
        while time.monotonic() < until:
            items = [fact(rng, int(members)) for _ in range(rng.randint(1, 20))]
            server.request("POST", "/api/v1/agreements", json.dumps(items), headers)
            answer = server.getresponse()
            body = answer.read()
            if answer.status != 200 or json.loads(body)["counts"]["refused"]:
                raise SystemExit(f"{answer.status} {body[:2000]!r}")
            told.writelines(json.dumps(item) + "\n" for item in items)


def fact(rng: random.Random, members: int) -> dict[str, Any]:
    member, number = rng.randrange(members), rng.randrange(AGREEMENTS_EACH)
    came_true = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=rng.uniform(0, LATE))
    sessions = rng.choice([{}, {}, {"sessions_bought": 1, "sessions_left": rng.randint(0, 1)}])
    return {
        "id": f"A{member}-{number}",
        "member": f"M{member}",
        "purchased_on": f"2025-0{rng.randint(1, 9)}-01",
        "status": rng.choices(["active", "inactive", "collections"], [6, 3, 1])[0],
        "alert": rng.choice(["", "canceled", "expired"]),
        "is_suspended": rng.random() < 0.2,
        "past_due": rng.choice([None, 0, 4000]),
        "occurred_at": came_true.isoformat(),
        **sessions,
    }


if __name__ == "__main__":
    main()
