"""Visited: the member came."""

import datetime as dt
import zoneinfo

from django.db.models import Case, F, OuterRef, Subquery, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from automations.goals.base import Goal
from members.models import Visit


class Visited(Goal):
    """The visits written down count, and the last one by itself, since imported members bring no others."""

    kind = "visited"
    label = gettext_lazy("visited")
    until = gettext_lazy("they visit")

    def first_after(self, since: str, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> Combinable:
        visits = Visit.objects.filter(
            member=OuterRef("member"), attended_at__gt=OuterRef(since), attended_at__lte=now
        )
        last = Case(
            When(
                member__last_attended_at__gt=F(since),
                member__last_attended_at__lte=now,
                then="member__last_attended_at",
            )
        )
        return Coalesce(Subquery(visits.order_by("attended_at").values("attended_at")[:1]), last)
