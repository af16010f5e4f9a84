"""The board of follow-up statuses: how many people are in each, and what a week changed."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy

from automations.reports.status_board import Standing, status_board
from config.dashboard.clubs import Choice
from members.models import FollowUpStatus

PROSPECTS = (
    FollowUpStatus.LEAD,
    FollowUpStatus.WEB_LEAD,
    FollowUpStatus.REFERRAL,
    FollowUpStatus.TRIAL_BOOKED,
    FollowUpStatus.TRIAL_NO_SHOW,
    FollowUpStatus.TRIAL_NO_SALE,
)


def statuses(choice: Choice, now: dt.datetime) -> dict[str, Any] | None:
    """Customers and prospects, each status with a link to whoever has it; None without a club."""
    if not choice.clubs:
        return None
    board, counted_at = status_board(choice.clubs, now)
    customers = [standing for standing in board if standing.status not in PROSPECTS]
    prospects = [standing for standing in board if standing.status in PROSPECTS]
    return {
        "groups": [
            {"name": name, "rows": [_row(standing, choice) for standing in group]}
            for name, group in (
                (gettext_lazy("Customers"), customers),
                (gettext_lazy("Prospects"), prospects),
            )
        ],
        "is_empty": not any(standing.number for standing in board),
        "counted_at": counted_at,
    }


def _row(standing: Standing, choice: Choice) -> dict[str, Any]:
    asked: dict[str, object] = {"follow_up_status__exact": standing.status.value}
    if choice.chosen:
        asked["club__id__exact"] = choice.chosen.pk
    return {
        "status": standing.status.label,
        "number": standing.number,
        "change": f"{standing.change:+,}".replace("-", "−") if standing.change else "",
        "link": f"{reverse('admin:members_member_changelist')}?{urlencode(asked)}",
    }
