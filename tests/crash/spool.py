"""A folder in the place of a queue: each file is a notification, given out again and again until it is deleted. And a file in
the place of the carriers' log: each line is an entry, there for good.
"""

import contextlib
import json
import random
import time
from pathlib import Path
from typing import Any


class Spool:
    """What of an SQS client reading the queue needs. It has no patience: two who ask at once get the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def put(self, name: str, body: str) -> None:
        # Whole or not at all: a reader must not see half of it.
        unfinished = self.folder / f".{name}"
        unfinished.write_text(body)
        unfinished.rename(self.folder / name)

    @property
    def waiting(self) -> list[Path]:
        return [path for path in self.folder.iterdir() if not path.name.startswith(".")]

    def receive_message(self, **_: Any) -> dict[str, Any]:
        found = self.waiting
        chosen = random.sample(found, min(10, len(found)))
        messages = []
        for path in chosen:
            with contextlib.suppress(FileNotFoundError):
                messages.append({"Body": path.read_text(), "ReceiptHandle": path.name})
        return {"Messages": messages} if messages else {}

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        for entry in Entries:
            (self.folder / entry["ReceiptHandle"]).unlink(missing_ok=True)
        return {}


class CarriersLog:
    """What of a CloudWatch client reading one group is needed."""

    class exceptions:
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, file: Path) -> None:
        self.file = file
        file.touch()

    def put(self, receipt: dict[str, Any]) -> None:
        entry = {"timestamp": int(time.time() * 1000), "message": json.dumps(receipt)}
        with self.file.open("a") as log:
            log.write(json.dumps(entry) + "\n")

    def filter_log_events(self, *, startTime: int, endTime: int, **_: Any) -> dict[str, Any]:
        lines = self.file.read_text().splitlines(keepends=True)
        # The last one may be half written.
        entries = [json.loads(line) for line in lines if line.endswith("\n")]
        return {"events": [one for one in entries if startTime <= one["timestamp"] < endTime]}
