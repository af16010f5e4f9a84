"""What became of the messages of the last 30 days, by the clubs' own days: a chart, its numbers, and why some were skipped."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.charts import Column, stacked_bars
from members.models import Club
from members.rules.days import DAY
from members.rules.wording import DEFAULT_LOCALE, day_in_words, day_of_year_in_words
from messaging.admin.messages import in_words
from messaging.reports.daily_outcomes import DAYS, outcomes_by_day

KINDS = {
    "sent": gettext_lazy("sent"),
    "failed": gettext_lazy("failed"),
    "unknown": gettext_lazy("may or may not have left"),
    "skipped": gettext_lazy("skipped"),
    "waiting": gettext_lazy("waiting"),
}
WAITING = ("queued", "claimed", "sending")


def sending(clubs: Sequence[Club], now: dt.datetime) -> dict[str, Any] | None:
    """By the day on which each message was written, as the log shows it; None without a club."""
    if not clubs:
        return None
    last = max(club.today(now) for club in clubs)
    days = [last - n * DAY for n in reversed(range(DAYS))]
    by_day: dict[dt.date, Counter[str]] = defaultdict(Counter)
    reasons: Counter[str] = Counter()
    outcomes, counted_at = outcomes_by_day(clubs, days[0], now)
    for day, status, reason, number in outcomes:
        if day in days:
            by_day[day]["waiting" if status in WAITING else status] += number
            if status == "skipped":
                reasons[reason] += number
    totals = {kind: sum(by_day[day][kind] for day in days) for kind in KINDS}
    locale = clubs[0].locale if len({club.locale for club in clubs}) == 1 else DEFAULT_LOCALE
    rows: list[tuple[str, list[int]]] = [
        (day_in_words(day, locale), [by_day[day][kind] for kind in KINDS]) for day in days
    ]
    columns = [Column(numbers, f"{words}: {_numbers_in_words(numbers)}") for words, numbers in rows]
    ticks = [day_of_year_in_words(day, locale) for day in (days[0], days[DAYS // 2], days[-1])]
    summary = _("Messages per day over 30 days: %(numbers)s. The table below has each day.") % {
        "numbers": _numbers_in_words(list(totals.values()))
    }
    return {
        "chart": stacked_bars(columns, list(KINDS), summary, ticks),
        "totals": [
            {
                "kind": kind,
                "status": "queued" if kind == "waiting" else kind,
                "words": words,
                "number": totals[kind],
            }
            for kind, words in KINDS.items()
        ],
        "is_empty": not any(totals.values()),
        "reasons": [
            {"words": in_words(reason) if reason else _("No reason given"), "number": number}
            for reason, number in reasons.most_common()
        ],
        "rows": [{"day": words, "numbers": numbers} for words, numbers in rows if any(numbers)],
        "kinds": list(KINDS.values()),
        "counted_at": counted_at,
    }


def _numbers_in_words(numbers: Sequence[int]) -> str:
    said = [f"{number:,} {words}" for words, number in zip(KINDS.values(), numbers, strict=True) if number]
    return ", ".join(said) or _("nothing")
