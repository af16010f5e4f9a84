"""Ringing: telling Celery that there is work. The database holds the work itself, so a bell nobody hears loses nothing."""

import logging
import threading
from collections.abc import Iterable
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Model
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

GATHERED_FOR = 0.2
"""Seconds."""
TOLD_AT_ONCE = 500


def ring(job: str, *args: Any) -> None:
    """Wake a worker for `job` once this transaction is committed; the schedule does the same within minutes.

    Without a broker the job is done at once, in this process.
    """
    transaction.on_commit(lambda: _send(job, *args))


def _send(job: str, *args: Any) -> None:
    # The jobs ring for one another.
    from automations import jobs

    try:
        getattr(jobs, job).delay(*args)
    except OperationalError:
        logger.warning("The broker did not answer; %s waits for the schedule.", job)


class _Gathered:
    """Members whose facts changed, told to a worker a few times a second: one by one they would be dearer to hand out
    than to change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[int] = set()
        self._changed: set[str] = set()
        self._timer: threading.Timer | None = None

    def add(self, member_ids: Iterable[int], changed: str) -> None:
        with self._lock:
            self._ids.update(member_ids)
            self._changed.add(changed)
            if self._timer is None:
                # A process that ends waits for it.
                self._timer = threading.Timer(GATHERED_FOR, self.tell)
                self._timer.start()

    def tell(self) -> None:
        with self._lock:
            ids, self._ids, self._timer = sorted(self._ids), set(), None
            changed, self._changed = sorted(self._changed), set()
        for first in range(0, len(ids), TOLD_AT_ONCE):
            _send("evaluate_members", ids[first : first + TOLD_AT_ONCE], changed)


_gathered = _Gathered()


def when_facts_change(sender: type[Model], member_ids: Iterable[int], **_: Any) -> None:
    ids, changed = list(member_ids), sender._meta.label
    if current_app.conf.task_always_eager:
        ring("evaluate_members", ids, [changed])
    else:
        transaction.on_commit(lambda: _gathered.add(ids, changed))


def when_message_is_queued(**_: Any) -> None:
    ring("deliver_messages")


def when_link_is_asked(**_: Any) -> None:
    ring("send_sign_in_links")
