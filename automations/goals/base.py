"""What every goal answers: when the member did it first, after an instant of their way through a workflow."""

import datetime as dt
import zoneinfo
from typing import ClassVar

from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

from automations.blocks import Block, Params
from automations.models import Enrollment


class Goal(Block):
    """`label` reads like “visited”, `until` like “they visit”."""

    until: ClassVar[str | Promise]

    def sentence(self, params: Params) -> str:
        return str(self.until)

    def first_after(self, since: str, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> Combinable:
        """Over enrollments: the first instant after their field `since`, up to `now`, at which the member did it, or NULL.

        `zone` is the club's, for what is known by its day only.
        """
        raise NotImplementedError

    def reached(
        self, enrollments: QuerySet[Enrollment], now: dt.datetime, zone: zoneinfo.ZoneInfo, since: str
    ) -> dict[int, dt.datetime]:
        """Which of these of one club have reached it since then, and when; one query."""
        found = enrollments.annotate(reached_at=self.first_after(since, now, zone))
        return dict(found.filter(reached_at__isnull=False).order_by().values_list("pk", "reached_at"))
