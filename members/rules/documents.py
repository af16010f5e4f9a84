"""How a dated document stands: good, about to expire, expired, or replaced by a newer one."""

import datetime as dt
from collections.abc import Mapping

from django.db.models import Case, CharField, Exists, OuterRef, Q, TextChoices, Value, When
from django.utils.translation import gettext_lazy

from members.models import Document

SOON = dt.timedelta(days=30)
"""So long before its last day it counts as expiring."""


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


def state(days: Mapping[dt.date, Q]) -> Case:
    """The state on the day that it is at the club, given the day for those of whom the condition is true."""
    dated = [
        When(whose & Q(expires_on__lte=until), then=Value(name))
        for day, whose in days.items()
        for until, name in (
            (day - dt.timedelta(days=1), DocumentState.EXPIRED.value),
            (day + SOON, DocumentState.EXPIRING.value),
        )
    ]
    return Case(
        When(expires_on=None, then=Value(DocumentState.VALID.value)),
        When(is_replaced(), then=Value(DocumentState.REPLACED.value)),
        *dated,
        default=Value(DocumentState.VALID.value),
        output_field=CharField(),
    )
