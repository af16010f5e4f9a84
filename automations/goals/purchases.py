"""Bought and renewed: the member made an agreement that is no trial, the first or a later one."""

import datetime as dt
import zoneinfo

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy

from automations.goals.base import Goal
from members.models import Agreement
from members.rules.days import StartOfDay


class Bought(Goal):
    """Of a purchase only the day is known: it counts from its beginning, or from the news of it on the same day."""

    kind = "bought"
    label = gettext_lazy("bought")
    until = gettext_lazy("they buy a membership")

    def first_after(self, since: str, now: dt.datetime, zone: zoneinfo.ZoneInfo) -> Combinable:
        bought = (
            self.agreements()
            .filter(member=OuterRef("member"), is_trial=False)
            .annotate(
                heard_on=TruncDate("changed_at", tzinfo=zone),
                bought_at=Case(
                    When(heard_on=F("purchased_on"), then=F("changed_at")),
                    default=StartOfDay(F("purchased_on"), zone),
                ),
            )
            .filter(bought_at__gt=OuterRef(since), bought_at__lte=now)
        )
        return Subquery(bought.order_by("bought_at").values("bought_at")[:1])

    def agreements(self) -> QuerySet[Agreement]:
        return Agreement.objects.all()


class Renewed(Bought):
    """Bought by somebody who had bought before."""

    kind = "renewed"
    label = gettext_lazy("renewed")
    until = gettext_lazy("they renew their membership")

    def agreements(self) -> QuerySet[Agreement]:
        earlier = Agreement.objects.filter(
            Q(purchased_on__lt=OuterRef("purchased_on"))
            | Q(purchased_on=OuterRef("purchased_on"), pk__lt=OuterRef("pk")),
            member=OuterRef("member"),
            is_trial=False,
        )
        return Agreement.objects.filter(Exists(earlier))
