"""Replied: the member wrote back, and it was neither an opt-out nor another word that is done by itself."""

import datetime as dt
import zoneinfo

from django.db.models import OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy

from automations.goals.base import Goal
from messaging.models import InboundMessage


class Replied(Goal):
    kind = "replied"
    label = gettext_lazy("replied")
    until = gettext_lazy("they write back")

    def first_after(self, since: str, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> Combinable:
        replies = InboundMessage.objects.filter(
            member=OuterRef("member"),
            taken_as=InboundMessage.TakenAs.REPLY,
            received_at__gt=OuterRef(since),
            received_at__lte=now,
        )
        return Subquery(replies.order_by("received_at").values("received_at")[:1])
