"""Paid: a payment of the member's came."""

import datetime as dt
import zoneinfo

from django.db.models import OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from automations.goals.base import Goal
from members.models import Payment


class Paid(Goal):
    """Where the other system does not say when it came, the news of it counts."""

    kind = "paid"
    label = gettext_lazy("paid")
    until = gettext_lazy("they pay")

    def first_after(self, since: str, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> Combinable:
        payments = (
            Payment.objects.filter(member=OuterRef("member"), status=Payment.Status.PAID)
            .annotate(came_at=Coalesce("paid_at", "changed_at"))
            .filter(came_at__gt=OuterRef(since), came_at__lte=now)
        )
        return Subquery(payments.order_by("came_at").values("came_at")[:1])
