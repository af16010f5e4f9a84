"""How a dated document stands: good, about to expire, expired, or replaced by a newer one."""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_

from django.db.models import Case, CharField, Exists, OuterRef, Q, TextChoices, Value, When
from django.utils.translation import gettext_lazy

from members.models import Document

SOON = dt.timedelta(days=30)
"""So long before its last day it counts as expiring."""


Days = Mapping[dt.date, Q]
"""The day that it is for those of whom the condition is true, such as a club's."""


class DocumentState(TextChoices):
    VALID = "valid", gettext_lazy("Valid")
    EXPIRING = "expiring", gettext_lazy("Expiring")
    EXPIRED = "expired", gettext_lazy("Expired")
    REPLACED = "replaced", gettext_lazy("Replaced")


def is_replaced() -> Exists:
    """Of a document that expires: the member has another of the same kind and name that is good for longer."""
    same = Document.objects.filter(
        member=OuterRef("member"), kind=OuterRef("kind"), name__iexact=OuterRef("name")
    )
    longer = Q(expires_on=None) | Q(expires_on__gt=OuterRef("expires_on"))
    entered_later = Q(expires_on=OuterRef("expires_on"), pk__gt=OuterRef("pk"))
    return Exists(same.filter(longer | entered_later))


def in_state(state: str, days: Days) -> Q:
    """Who stands so on the day that it is at the club; apart for each state, so that an index of the days can serve."""
    not_replaced = ~Q(is_replaced())
    match state:
        case DocumentState.EXPIRED:
            return _on(days, lambda day: Q(expires_on__lt=day)) & not_replaced
        case DocumentState.EXPIRING:
            return _on(days, lambda day: Q(expires_on__range=(day, day + SOON))) & not_replaced
        case DocumentState.REPLACED:
            return Q(is_replaced(), expires_on__isnull=False)
        case _:
            later = _on(days, lambda day: Q(expires_on__gt=day + SOON))
            return Q(expires_on=None) | (later & not_replaced)


def state(days: Days) -> Case:
    """The name of the state in which each stands."""
    return Case(
        *(When(in_state(name, days), then=Value(name)) for name in DocumentState.values),
        default=Value(""),
        output_field=CharField(),
    )


def _on(days: Days, condition: Callable[[dt.date], Q]) -> Q:
    return reduce(or_, (whose & condition(day) for day, whose in days.items()), Q(pk__in=[]))
