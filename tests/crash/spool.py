"""A folder in the place of a queue: each file is a notification, given out again and again until it is deleted."""

import contextlib
import random
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
