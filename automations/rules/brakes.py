"""When a workflow is stopped until a person has looked: pure functions from what was counted to whether it is too much."""

from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 20
"""Up to so many are never too many, however few are usual: where one is usual, four are no sign of anything."""
USUAL_DAYS = 7

FEWEST_ASKED = 20
"""Of fewer messages a share says nothing."""
LAST = 100
FAILED_PERCENT = 25
COMPLAINED_PERCENT = 2
FEWEST_COMPLAINTS = 2


@dataclass(frozen=True)
class Weight:
    """How many a run would follow up, how many that usually are (none if nothing is usual yet), and from when on it is held."""

    size: int
    usual: int | None
    most: int

    @property
    def is_too_much(self) -> bool:
        return self.size > self.most


def most_at_once(usual: int | None, *, times: int, first: int) -> int:
    """The largest run that goes ahead by itself."""
    return first if usual is None else max(times * usual, FEWEST)


def median(sizes: Sequence[int]) -> int | None:
    """The middle one, of two the larger; None of none."""
    return sorted(sizes)[len(sizes) // 2] if sizes else None


@dataclass(frozen=True)
class Outcomes:
    """Of the last messages that a workflow's providers were asked to send."""

    asked: int
    failed: int
    """Refused, not answered, or bounced."""
    complained: int

    @property
    def is_too_bad(self) -> bool:
        if self.asked < FEWEST_ASKED:
            return False
        return 100 * self.failed > FAILED_PERCENT * self.asked or (
            self.complained >= FEWEST_COMPLAINTS and 100 * self.complained > COMPLAINED_PERCENT * self.asked
        )
