"""When something is wrong enough to tell people: pure functions from what was measured to what is found."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from automations.models import Alert

FEWEST_ASKED = 20
"""Of fewer messages a share says nothing."""


@dataclass(frozen=True)
class Finding:
    kind: str
    subject: str
    club_id: int | None = None
    numbers: Mapping[str, int | str] = field(default_factory=dict, compare=False)


def late_jobs(overdue: Mapping[str, dt.timedelta]) -> list[Finding]:
    """Of the late jobs, by name, with how long each should have started already."""
    return [
        Finding(Alert.Kind.JOB_LATE, name, numbers={"minutes": _minutes(since)})
        for name, since in overdue.items()
    ]


def lagging_queues(lags: Mapping[str, dt.timedelta], *, limit: dt.timedelta) -> list[Finding]:
    """Those whose oldest entry has been due for longer than `limit`."""
    return [
        Finding(Alert.Kind.QUEUE_LAG, name, numbers={"minutes": _minutes(lag)})
        for name, lag in lags.items()
        if lag > limit
    ]


def refusing_providers(shares: Iterable[tuple[int, str, int, int]], *, limit_percent: float) -> list[Finding]:
    """Of (club, channel, asked, refused): those of which more than `limit_percent` were refused."""
    return [
        Finding(Alert.Kind.REFUSALS, channel, club, {"asked": asked, "refused": refused})
        for club, channel, asked, refused in shares
        if asked >= FEWEST_ASKED and 100 * refused > limit_percent * asked
    ]


def _minutes(time: dt.timedelta) -> int:
    return int(time.total_seconds() // 60)
