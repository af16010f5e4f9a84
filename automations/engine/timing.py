"""When a step is due: so much later, and where asked at an hour of the member's own day."""

import datetime as dt
import zoneinfo

from automations.models import Step
from members.rules.days import at_wall_clock, next_wall_clock


def due_after(step: Step, since: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The instant at which `step` is due for a member in `zone` who reached it at `since`.

    Minutes and hours are elapsed time. Days and weeks keep the wall clock, whatever the clocks do in between. With
    `at_time`: the first such hour at or after that.
    """
    match step.delay_unit:
        case Step.Unit.MINUTES:
            due = since + dt.timedelta(minutes=step.delay)
        case Step.Unit.HOURS:
            due = since + dt.timedelta(hours=step.delay)
        case _:
            days = step.delay * (7 if step.delay_unit == Step.Unit.WEEKS else 1)
            local = since.astimezone(zone)
            due = (
                since
                if not days
                else at_wall_clock(local.date() + dt.timedelta(days=days), local.time(), zone)
            )
    return next_wall_clock(step.at_time, zone, due) if step.at_time else due
