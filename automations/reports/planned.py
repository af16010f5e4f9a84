"""A dry run for the page: what a run would decide now, a page at a time, nothing written."""

from dataclasses import dataclass

from automations.engine.classification import Question
from automations.models import Reason
from automations.reports.log import LogRow, planned_for
from members.models import Member

PAGE = 100
SHOWN = ("messaged", "skipped", "all")


@dataclass(frozen=True)
class PlannedPage:
    """`after`: what to ask for the next page with; None on the last one."""

    rows: list[tuple[Member, LogRow]]
    after: int | None


def planned_page(question: Question, *, show: str = "all", after: int = 0) -> PlannedPage:
    """Those who would be messaged, those who would not, or all, by member from the one `after` on."""
    members = question.due() if show == "messaged" else question.members()
    if show == "skipped":
        members = members.exclude(decided=Reason.DUE)
    page = list(members.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    shown = page[:PAGE]
    rows = list(zip(shown, planned_for(question, shown), strict=True))
    return PlannedPage(rows, shown[-1].pk if len(page) > PAGE else None)
