"""Days that come round each year, such as birthdays; 29 February falls on 28 February where there is none."""

import calendar
import datetime as dt
from typing import Any

from django.db.models import Case, CharField, F, IntegerField, Q, Value, When
from django.db.models.functions import Cast, Concat, ExtractYear, Substr


def falls_on(day: dt.date, year: int) -> dt.date:
    """The day of `year` on which `day` comes round."""
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def next_on(day: dt.date, today: dt.date) -> dt.date:
    """The next time that it comes round, which may be today."""
    this_year = falls_on(day, today.year)
    return this_year if this_year >= today else falls_on(day, today.year + 1)


def last_fell_on(field: str, today: dt.date) -> Case:
    """An expression: when the day in `field` last came round, up to today, as text like 2025-02-28; none without a day."""
    return Case(
        When(**{f"{field}__isnull": True}, then=None),
        When(_fell_this_year(field, today), then=_in_year(field, today.year)),
        default=_in_year(field, today.year - 1),
        output_field=CharField(),
    )


def years_since(field: str, today: dt.date) -> Any:
    """An expression: how many years after the day in `field` that was."""
    year = Case(
        When(_fell_this_year(field, today), then=Value(today.year)),
        default=Value(today.year - 1),
        output_field=IntegerField(),
    )
    return year - ExtractYear(field)


def _fell_this_year(field: str, today: dt.date) -> Q:
    last_of_month = calendar.monthrange(today.year, today.month)[1]
    # On 28 February of most years so does the 29th.
    upto = 31 if today.day == last_of_month else today.day
    return Q(**{f"{field}__month__lt": today.month}) | Q(
        **{f"{field}__month": today.month, f"{field}__day__lte": upto}
    )


def _in_year(field: str, year: int) -> Any:
    month_and_day: Any = Substr(Cast(F(field), CharField()), 6, 5)
    if not calendar.isleap(year):
        leap_day = Q(**{f"{field}__month": 2, f"{field}__day": 29})
        month_and_day = Case(
            When(leap_day, then=Value("02-28")), default=month_and_day, output_field=CharField()
        )
    return Concat(Value(f"{year}-"), month_and_day, output_field=CharField())
