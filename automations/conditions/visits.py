"""How often and how lately somebody came."""

import datetime as dt

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, Topic
from automations.conditions.days import Day
from automations.conditions.numbers import Number, Times
from automations.conditions.operators import Operator
from members.models import Visit
from members.rules.days import DAY, start_of_day


class LastVisitField(ConditionField):
    kind = "last_visit"
    label = gettext_lazy("Last visit")
    topic = Topic.VISITS
    sort = Day(is_instant=True, is_past=True)

    def value(self, given: Params, asked: Asked) -> Combinable:
        return F("last_attended_at")


class DaysAwayField(ConditionField):
    """Days on which the club was shut do not count. Somebody who never came is not away."""

    kind = "days_away"
    label = gettext_lazy("Days away")
    topic = Topic.VISITS
    sort = Number(largest=3650, may_be_empty=True)

    def value(self, given: Params, asked: Asked) -> Combinable:
        return F("last_attended_at")

    def q(self, operator: Operator, given: Params, asked: Asked) -> Q:
        match operator:
            case Operator.EMPTY | Operator.FILLED:
                return super().q(operator, given, asked)
            case Operator.AT_LEAST:
                least, most = given["value"], None
            case Operator.MORE_THAN:
                least, most = given["value"] + 1, None
            case Operator.AT_MOST:
                least, most = 0, given["value"]
            case Operator.LESS_THAN:
                least, most = 0, given["value"] - 1
            case Operator.BETWEEN:
                least, most = given["value"], given["to"]
            case _:
                least = most = given["value"]
        found = Q(last_attended_at__isnull=False)
        if least > 0:
            found &= Q(last_attended_at__lt=asked.clock.away_for(least))
        if most is not None:
            # Nobody is away for less than no day at all.
            found &= Q(last_attended_at__gte=asked.clock.away_for(most + 1)) if most >= 0 else Q(pk__in=[])
        return found

    def shown(self, seen: object, given: Params, asked: Asked) -> str:
        if not isinstance(seen, dt.datetime):
            return super().shown(None, given, asked)
        last_on = asked.clock.day_of(seen)
        return super().shown(asked.clock.days_away(last_on), given, asked) + asked.clock.not_counted(last_on)


class VisitsField(ConditionField):
    """Visits written down, and a last one that only a file told of."""

    kind = "visits"
    label = gettext_lazy("Visits in so many days")
    topic = Topic.VISITS
    sort = Times(gettext_lazy("came %(what)s in %(days)s days"))

    def value(self, given: Params, asked: Asked) -> Combinable:
        since = start_of_day(asked.today - DAY * (given["days"] - 1), asked.zone)
        own = Visit.objects.filter(member=OuterRef("pk")).order_by()
        counted = own.filter(attended_at__gte=since, attended_at__lte=asked.now)
        written_down = Coalesce(
            Subquery(
                counted.values("member").annotate(n=Count("pk")).values("n"), output_field=IntegerField()
            ),
            Value(0),
        )
        only_told = Q(last_attended_at__gte=since) & ~Q(
            Exists(own.filter(attended_at=OuterRef("last_attended_at")))
        )
        return written_down + Case(When(only_told, then=Value(1)), default=Value(0))
