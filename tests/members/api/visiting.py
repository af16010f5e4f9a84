"""Visits as another system tells them, days before NOW, and what is known of the member afterwards."""

import datetime as dt

from tests.factories import NOW

DAY = dt.timedelta(days=1)


def visit(name="V1", days_ago=1, **values):
    return {"id": name, "member": "M1", "attended_at": (NOW - days_ago * DAY).isoformat()} | values


def last(member):
    member.refresh_from_db()
    return member.last_attended_at
