"""Values that are numbers: plain ones, money, and how often or how much within so many days."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.db.models import Q
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.operators import Operator
from automations.conditions.values import Inputs, Sort
from members.models import Club
from members.rules.wording import money_in_words

LARGEST = 10**9


class Number(Sort):
    operators = (
        Operator.IS,
        Operator.AT_LEAST,
        Operator.MORE_THAN,
        Operator.AT_MOST,
        Operator.LESS_THAN,
        Operator.BETWEEN,
    )

    def __init__(self, *, largest: int = LARGEST, is_whole: bool = True, may_be_empty: bool = False) -> None:
        super().__init__(may_be_empty=may_be_empty)
        self.largest = largest
        self.is_whole = is_whole

    def input(self, club: Club | None, label: str) -> forms.Field:
        if self.is_whole:
            return forms.IntegerField(label=label, min_value=0, max_value=self.largest)
        return forms.FloatField(label=label, min_value=-self.largest, max_value=self.largest)

    def holds(self, value: Combinable, operator: Operator, given: Params, asked: Asked) -> Q:
        number = self.stored(given["value"], asked)
        match operator:
            case Operator.AT_LEAST:
                return Q(GreaterThanOrEqual(value, number))
            case Operator.MORE_THAN:
                return Q(GreaterThan(value, number))
            case Operator.AT_MOST:
                return Q(LessThanOrEqual(value, number))
            case Operator.LESS_THAN:
                return Q(LessThan(value, number))
            case Operator.BETWEEN:
                upper = self.stored(given["to"], asked)
                return Q(GreaterThanOrEqual(value, number)) & Q(LessThanOrEqual(value, upper))
            case _:
                return Q(Exact(value, number))

    def stored(self, number: Any, asked: Asked) -> Any:
        """The number as the facts have it."""
        return number

    def shown(self, value: Any, asked: Asked) -> str:
        if value is None:
            return _("not known")
        return f"{value:g}" if isinstance(value, float) else str(value)


class Money(Number):
    """Typed in the club's currency, compared in its smallest unit."""

    def input(self, club: Club | None, label: str) -> forms.Field:
        places = get_currency_precision(club.currency) if club else 2
        return forms.DecimalField(
            label=label, min_value=0, max_value=self.largest, decimal_places=places, max_digits=15
        )

    def stored(self, number: Any, asked: Asked) -> Any:
        return int(Decimal(number).scaleb(get_currency_precision(asked.club.currency)))

    def shown(self, value: Any, asked: Asked) -> str:
        # What was seen counts the smallest unit already.
        minor = value if isinstance(value, int) else self.stored(value or 0, asked)
        return money_in_words(minor, asked.club.currency, asked.club.locale)


class InDays(Number):
    """What happened within so many days up to today; `phrase` says it with %(what)s and %(days)s."""

    def __init__(self, phrase: str | Promise) -> None:
        super().__init__(largest=10_000)
        self.phrase = phrase

    def inputs(self, operator: Operator, club: Club | None) -> Inputs:
        days = forms.IntegerField(
            label=_("days"), help_text=_("Within so many days."), min_value=1, max_value=3650, initial=30
        )
        return {**super().inputs(operator, club), "days": days}

    def said(self, operator: Operator, given: Params, asked: Asked) -> str:
        return str(self.phrase) % {"what": self.needs(operator, given, asked), "days": given["days"]}


class Times(InDays):
    """How often."""

    def needs(self, operator: Operator, given: Params, asked: Asked) -> str:
        if operator == Operator.LESS_THAN:
            return _("fewer than %(value)s") % {"value": self.shown(given["value"], asked)}
        return super().needs(operator, given, asked)

    def shown(self, value: Any, asked: Asked) -> str:
        return ngettext("%(n)s time", "%(n)s times", value or 0) % {"n": value or 0}


class Amount(InDays, Money):
    """How much money."""

    def __init__(self, phrase: str | Promise) -> None:
        super().__init__(phrase)
        self.largest = LARGEST
