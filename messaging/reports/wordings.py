"""What became of a template's messages by the version of its words that they bear."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count

from messaging.models import Message, MessageTemplate
from messaging.rules.fates import CLICKED_AT, OPENED_AT

LOOKED_BACK = dt.timedelta(days=90)


@dataclass(frozen=True)
class Wording:
    """How many of one version left, and how many of those were opened and followed."""

    sent: int
    opened: int
    clicked: int

    @property
    def clicked_percent(self) -> int:
        return round(100 * self.clicked / self.sent)


def wordings(*, template: MessageTemplate, versions: Collection[int], now: dt.datetime) -> dict[int, Wording]:
    """By version, of what was written within the last 90 days; one query."""
    sent = Message.objects.filter(
        template=template,
        template_version__in=versions,
        status=Message.Status.SENT,
        created_at__gt=now - LOOKED_BACK,
    )
    told = (
        sent.order_by()
        .values("template_version")
        .annotate(
            sent=Count("pk"),
            opened=Count(OPENED_AT),
            clicked=Count(CLICKED_AT),
        )
    )
    return {
        row["template_version"]: Wording(row["sent"], row["opened"], row["clicked"])
        for row in told
        if row["template_version"]
    }
