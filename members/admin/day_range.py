"""A filter from one day to another, both included, as the club's calendar has them."""

import datetime as dt
import zoneinfo
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str

from members.admin.scoping import visible_club_ids
from members.models import Club
from members.rules.days import start_of_day

DAY = dt.timedelta(days=1)


class DayRangeFilter(RangeDateFilter):
    """In the zone of the clubs that the person sees, in UTC if they lie in several."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        since, until = (
            parse_date_str(self.used_parameters.get(f"{self.parameter_name}_{end}") or "")
            for end in ("from", "to")
        )
        if not (since or until):
            return queryset
        zones = list(
            Club.objects.filter(pk__in=visible_club_ids(request))
            .order_by()
            .values_list("time_zone", flat=True)
            .distinct()[:2]
        )
        zone = zoneinfo.ZoneInfo(zones[0] if len(zones) == 1 else "UTC")
        try:
            if since:
                queryset = queryset.filter(**{f"{self.field_path}__gte": start_of_day(since, zone)})
            if until:
                queryset = queryset.filter(**{f"{self.field_path}__lt": start_of_day(until + DAY, zone)})
        except OverflowError:
            return queryset.none()
        return queryset
