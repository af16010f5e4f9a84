"""Days as values: on, before, since, in the last or next days, so many days ago; all calendar days of the club."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.operators import Operator
from automations.conditions.values import Inputs, Sort
from members.models import Club
from members.rules.days import DAY, start_of_day
from members.rules.wording import day_in_words

COUNTED = (Operator.IN_LAST, Operator.AGO, Operator.IN_NEXT)
MOST_DAYS = 3650
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)


class Day(Sort):
    """`is_instant` where the fact has an hour; it counts for its day in the club's zone.

    The last 7 days are today and the six before; 7 days ago or longer is everything before those. The next 7 days are
    today and the seven after, as for something that ends.
    """

    operators = (
        Operator.IN_LAST,
        Operator.AGO,
        Operator.IN_NEXT,
        Operator.IS,
        Operator.BEFORE,
        Operator.SINCE,
        Operator.BETWEEN,
    )

    def __init__(
        self,
        *,
        is_instant: bool = False,
        may_be_empty: bool = True,
        is_past: bool = False,
        is_text: bool = False,
    ) -> None:
        super().__init__(may_be_empty=may_be_empty)
        self.is_instant = is_instant
        self.is_past = is_past
        """Nothing of the sort lies ahead."""
        self.is_text = is_text
        """Kept as text like 2025-09-01."""

    def offered(self) -> tuple[Operator, ...]:
        return tuple(one for one in super().offered() if one != Operator.IN_NEXT or not self.is_past)

    def inputs(self, operator: Operator, club: Club | None) -> Inputs:
        if operator in COUNTED:
            return {"days": forms.IntegerField(label=_("days"), min_value=1, max_value=MOST_DAYS)}
        return super().inputs(operator, club)

    def input(self, club: Club | None, label: str) -> forms.Field:
        return forms.DateField(
            label=label,
            widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
        )

    def holds(self, value: Combinable, operator: Operator, given: Params, asked: Asked) -> Q:
        first, end = reach(operator, given, asked.today)
        found = Q()
        if first is not None:
            found &= Q(GreaterThanOrEqual(value, self._bound(first, asked)))
        if end is not None:
            found &= Q(LessThan(value, self._bound(end, asked)))
        return found

    def _bound(self, day: dt.date, asked: Asked) -> Any:
        if self.is_text:
            return Value(day.isoformat())
        return start_of_day(day, asked.zone) if self.is_instant else day

    def needs(self, operator: Operator, given: Params, asked: Asked) -> str:
        if operator in COUNTED:
            words = {"n": given["days"]}
            match operator:
                case Operator.IN_LAST:
                    return ngettext("in the last %(n)s day", "in the last %(n)s days", given["days"]) % words
                case Operator.AGO:
                    return (
                        ngettext("%(n)s day ago or longer", "%(n)s days ago or longer", given["days"]) % words
                    )
                case _:
                    return ngettext("in the next %(n)s day", "in the next %(n)s days", given["days"]) % words
        match operator:
            case Operator.BEFORE:
                return _("before %(day)s") % {"day": self.shown(given["value"], asked)}
            case Operator.SINCE:
                return _("on or after %(day)s") % {"day": self.shown(given["value"], asked)}
            case _:
                return super().needs(operator, given, asked)

    def shown(self, value: Any, asked: Asked) -> str:
        if not value:
            return _("not known")
        if isinstance(value, str):
            value = dt.date.fromisoformat(value)
        # By the club, not the clock: a list of sentences would ask for each club's closures.
        day = value.astimezone(asked.club.zone).date() if isinstance(value, dt.datetime) else value
        return day_in_words(day, asked.club.locale)


def reach(operator: Operator, given: Params, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The days that are meant: from the first up to, and not including, the second; open where None."""
    match operator:
        case Operator.IN_LAST:
            return today - DAY * (given["days"] - 1), today + DAY
        case Operator.AGO:
            return None, today - DAY * (given["days"] - 1)
        case Operator.IN_NEXT:
            return today, today + DAY * (given["days"] + 1)
        case Operator.BEFORE:
            return None, given["value"]
        case Operator.SINCE:
            return given["value"], None
        case Operator.BETWEEN:
            return given["value"], given["to"] + DAY
        case _:
            return given["value"], given["value"] + DAY
