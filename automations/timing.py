"""When a step is due: so much later, and where asked at an hour of the member's own day, or of their next Tuesday."""

import datetime as dt
import zoneinfo

from automations.models import Step
from members.rules.days import DAY, at_wall_clock, next_wall_clock


def due_after(step: Step, since: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The instant at which `step` is due for a member in `zone` who reached it at `since`.

    Minutes and hours are elapsed time. Days and weeks keep the wall clock, whatever the clocks do in between. With
    `at_time`: the first such hour at or after that, with `at_weekday` the first on that day of the week.
    """
    match step.delay_unit:
        case Step.Unit.MINUTES:
            due = since + dt.timedelta(minutes=step.delay)
        case Step.Unit.HOURS:
            due = since + dt.timedelta(hours=step.delay)
        case _:
            due = days_after(since, step.delay * (7 if step.delay_unit == Step.Unit.WEEKS else 1), zone)
    if step.at_time is None:
        return due
    if step.at_weekday is None:
        return next_wall_clock(step.at_time, zone, due)
    return _next_on(step.at_weekday, step.at_time, zone, due)


def days_after(since: dt.datetime, days: int, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The same wall clock so many days later."""
    if not days:
        return since
    local = since.astimezone(zone)
    return at_wall_clock(local.date() + dt.timedelta(days=days), local.time(), zone)


def _next_on(weekday: int, time: dt.time, zone: zoneinfo.ZoneInfo, since: dt.datetime) -> dt.datetime:
    """The first instant at or after `since` at which clocks in `zone` show `time` on that day of the week."""
    today = since.astimezone(zone).date()
    day = today + DAY * ((weekday - today.weekday()) % 7)
    on_it = at_wall_clock(day, time, zone)
    return on_it if on_it >= since else at_wall_clock(day + 7 * DAY, time, zone)
