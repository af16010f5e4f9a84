"""The threads that call the provider for a group of messages at a time, and ring when a whole group was answered."""

import datetime as dt
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from types import TracebackType

from messaging.channels.envelopes import Envelope, Outcome
from messaging.models import Message
from messaging.operations.turnover import Ready

Call = Callable[[Envelope, dt.datetime], Outcome]


class Group:
    """Messages with the provider, and what came back so far."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.answers: list[tuple[Message, Outcome]] = []
        self.problems: list[BaseException] = []

    @property
    def is_answered(self) -> bool:
        return len(self.answers) + len(self.problems) == self.size

    def all_answers(self) -> list[tuple[Message, Outcome]]:
        """Of an answered group; raises what one of its calls raised."""
        if self.problems:
            raise self.problems[0]
        return self.answers


Job = tuple[Group, Ready, dt.datetime]


class Callers:
    """At most `number` threads, begun as they are needed; as a context it waits for every call that was begun.

    `ring` is called, in one of the threads, when a group was answered. Plain queues instead of a future for each
    message, which would cost more than the rest of the call does.
    """

    def __init__(self, number: int, call: Call, ring: Callable[[], object]) -> None:
        self._number, self._call, self._ring = number, call, ring
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.in_flight: deque[Group] = deque()

    def begin(self, leaving: Sequence[tuple[Ready, dt.datetime]]) -> None:
        """Call for each message at its instant; one group, the last in flight."""
        group = Group(len(leaving))
        self.in_flight.append(group)
        for _ in range(min(self._number, sum(one.size for one in self.in_flight)) - len(self._threads)):
            self._threads.append(threading.Thread(target=self._work, name="sending"))
            self._threads[-1].start()
        for ready, start in leaving:
            self._jobs.put((group, ready, start))

    def answered(self) -> Group | None:
        """A group of which every call came back, the oldest first."""
        return next((group for group in self.in_flight if group.is_answered), None)

    def last_answers(self) -> Iterator[list[tuple[Message, Outcome]]]:
        """By group, what came back once every call has ended, also those of a group of which one call broke."""
        self._end()
        for group in self.in_flight:
            yield group.answers

    def _work(self) -> None:
        while job := self._jobs.get():
            group, (message, envelope), start = job
            try:
                group.answers.append((message, self._call(envelope, start)))
            except BaseException as problem:  # is raised by whoever takes the answers
                group.problems.append(problem)
            if group.is_answered:
                self._ring()

    def __enter__(self) -> "Callers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        for _ in self._threads:
            self._jobs.put(None)
        while self._threads:
            self._threads.pop().join()
