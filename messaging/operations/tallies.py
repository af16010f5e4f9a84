"""Adding what was settled since the last time to the tallies, so that a figure over all time costs a few rows to read."""

import datetime as dt

from django.db import transaction
from django.db.models import Count

from messaging.models import Channel, Message, MessageTally

RESULTS = (Message.Status.SENT, Message.Status.FAILED, Message.Status.UNKNOWN, Message.Status.SKIPPED)
EVERY = [(channel, result) for channel in Channel.values for result in RESULTS]
SETTLED_FOR = dt.timedelta(minutes=2)
"""Longer than any transaction that settles messages: what ended before then can be seen by everybody."""


@transaction.atomic
def count_settled(*, now: dt.datetime) -> int:
    """Add the messages that came to their result since the last time; how many those were.

    Begins at the first call: what lies before it is not counted. Of two callers at once the second adds what is left.
    """
    until = now - SETTLED_FOR
    tallies = MessageTally.objects.select_for_update().order_by("channel", "result")
    if not (rows := list(tallies.all())):
        MessageTally.objects.bulk_create(
            [
                MessageTally(channel=channel, result=result, counted_until=until)
                for channel in Channel.values
                for result in RESULTS
            ],
            ignore_conflicts=True,
        )
        rows = list(tallies.all())
    if new := [one for one in EVERY if one not in {(row.channel, row.result) for row in rows}]:
        # A channel that came with a later release begins with nothing.
        MessageTally.objects.bulk_create(
            [
                MessageTally(channel=channel, result=result, counted_until=rows[0].counted_until)
                for channel, result in new
            ],
            ignore_conflicts=True,
        )
        rows = list(tallies.all())
    since = min(row.counted_until for row in rows)
    if until <= since:
        return 0
    ended = Message.objects.filter(ended_at__gt=since, ended_at__lte=until).order_by()
    found = {
        (channel, status): number
        for channel, status, number in ended.values_list("channel", "status").annotate(number=Count("pk"))
    }
    for row in rows:
        row.number += found.get((row.channel, row.result), 0)
        row.counted_until = until
    MessageTally.objects.bulk_update(rows, ["number", "counted_until"])
    return sum(found.values())
