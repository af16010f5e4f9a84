"""Batches prepared before they are needed: one ahead of those that leave, beside the sending where that is possible."""

import contextvars
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType

from django.db import connection
from django.utils.translation import get_language, override

from messaging.operations.turnover import Ready


@dataclass(frozen=True)
class Batch:
    """What came of one claim: how many were taken, those of them that may leave, and the counts of the others."""

    claimed: int
    ready: list[Ready] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class Ahead:
    """Asks `prepare` for batches of at most so many messages, until one is empty.

    The first is made in line, of `small`: it is sooner on its way, and mostly the only one. If it was full, and
    `large` is given, the next are made in a thread with a database connection of its own while others leave, so that
    no answer waits for it, each twice as large up to that size; it calls `ring` when one is done. Not on SQLite, which
    has one writer at a time, and not inside a transaction, which no other connection could look into.
    """

    def __init__(
        self, prepare: Callable[[int], Batch], *, small: int, large: int | None, ring: Callable[[], object]
    ) -> None:
        self._prepare, self._size, self._small, self._large, self._ring = prepare, small, small, large, ring
        self._thread: ThreadPoolExecutor | None = None
        self._next: Future[Batch] | None = None
        self._is_over = False

    @property
    def is_over(self) -> bool:
        return self._is_over

    @property
    def has_one(self) -> bool:
        """A batch that was made in the thread is there to be taken."""
        return self._next is not None and self._next.done()

    def take(self) -> Batch | None:
        """The next batch; None if it is still being made, or there are no more."""
        if self._is_over or (self._next and not self._next.done()):
            return None
        batch = self._next.result() if self._next else self._prepare(self._small)
        self._next, self._is_over = None, not batch.claimed
        if not self._is_over and (self._thread or self._may_go_beside(batch)):
            self._begin_next()
        return batch

    def _may_go_beside(self, batch: Batch) -> bool:
        return (
            self._large is not None
            and batch.claimed == self._small
            and connection.vendor == "postgresql"
            and not connection.in_atomic_block
        )

    def _begin_next(self) -> None:
        # By and by: those that left already would idle for as long as a large one takes.
        self._size = min(2 * self._size, self._large or self._small)
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="preparing")
        self._next = self._thread.submit(
            contextvars.copy_context().run,
            _beside,
            get_language(),
            self._prepare,
            self._size,
        )
        self._next.add_done_callback(lambda _done: self._ring())

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._thread:
            self._thread.submit(lambda: connection.close())
            self._thread.shutdown()


def _beside(language: str | None, prepare: Callable[[int], Batch], most: int) -> Batch:
    # Whoever sends speaks it; a thread begins with the site's own.
    with override(language), _answers_heard_at_once():
        return prepare(most)


@contextmanager
def _answers_heard_at_once() -> Iterator[None]:
    # By default a thread that comes back from the provider waits 5 ms for the one that prepares: a quarter of a call.
    # Only as long as one prepares; calls that compute would otherwise take turns with each other, for nothing.
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
