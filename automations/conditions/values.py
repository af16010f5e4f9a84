"""The sorts of values that fields have: what may be asked of each, what has to be filled in, and how it is said."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import CharField, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, StrIndex
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    In,
    IsNull,
)
from django.utils.translation import gettext as _

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.operators import Folded, Operator, folded, unless
from members.models import Club

LONGEST = 100
Inputs = dict[str, forms.Field]


class Sort:
    operators: ClassVar[tuple[Operator, ...]]

    def __init__(self, *, may_be_empty: bool = False) -> None:
        self.may_be_empty = may_be_empty

    def offered(self) -> tuple[Operator, ...]:
        return (*self.operators, *((Operator.EMPTY, Operator.FILLED) if self.may_be_empty else ()))

    def inputs(self, operator: Operator, club: Club | None) -> Inputs:
        """What has to be filled in beside the operator."""
        match operator:
            case Operator.EMPTY | Operator.FILLED:
                return {}
            case Operator.BETWEEN:
                return {"value": self.input(club, _("from")), "to": self.input(club, _("to"))}
            case _:
                return {"value": self.input(club, _("value"))}

    def input(self, club: Club | None, label: str) -> forms.Field:
        raise NotImplementedError

    def compare(self, value: Combinable, operator: Operator, given: Params, asked: Asked) -> Q:
        """Whom it is true of; of somebody without a value only that it is empty, or is not something."""
        match operator:
            case Operator.EMPTY:
                return Q(IsNull(value, True))
            case Operator.FILLED:
                return Q(IsNull(value, False))
            case Operator.IS_NOT:
                return unless(self.compare(value, Operator.IS, given, asked))
            case _:
                return self.holds(value, operator, given, asked)

    def holds(self, value: Combinable, operator: Operator, given: Params, asked: Asked) -> Q:
        raise NotImplementedError

    def needs(self, operator: Operator, given: Params, asked: Asked) -> str:
        """What would be right, as the end of “needs …”."""
        if operator == Operator.EMPTY:
            return _("to be empty")
        if operator == Operator.FILLED:
            return _("to be filled in")
        said = self.shown(given["value"], asked)
        match operator:
            case Operator.IS_NOT:
                return _("anything but %(value)s") % {"value": said}
            case Operator.AT_LEAST:
                return _("at least %(value)s") % {"value": said}
            case Operator.MORE_THAN:
                return _("more than %(value)s") % {"value": said}
            case Operator.AT_MOST:
                return _("at most %(value)s") % {"value": said}
            case Operator.LESS_THAN:
                return _("less than %(value)s") % {"value": said}
            case Operator.BETWEEN:
                return _("between %(value)s and %(to)s") % {
                    "value": said,
                    "to": self.shown(given["to"], asked),
                }
            case _:
                return said

    def said(self, operator: Operator, given: Params, asked: Asked) -> str:
        """The operator with what is given, such as “is at least 3”."""
        match operator:
            case Operator.IS_NOT:
                return _("is not %(value)s") % {"value": self.shown(given["value"], asked)}
            case Operator.EMPTY | Operator.FILLED:
                return str(operator.label)
            case _:
                return _("is %(needs)s") % {"needs": self.needs(operator, given, asked)}

    def shown(self, value: Any, asked: Asked) -> str:
        """A value in words."""
        return str(value)


class MayBeBlank(Sort):
    """A value of which nothing and no letters are the same."""

    def compare(self, value: Combinable, operator: Operator, given: Params, asked: Asked) -> Q:
        match operator:
            case Operator.EMPTY:
                return Q(Exact(as_text(value), ""))
            case Operator.FILLED:
                return unless(Q(Exact(as_text(value), "")))
            case _:
                return super().compare(value, operator, given, asked)


class Text(MayBeBlank):
    """Compared without regard to capitals, as far as plain Latin letters go."""

    operators = (Operator.IS, Operator.IS_NOT, Operator.ONE_OF, Operator.CONTAINS)

    def __init__(
        self, *, known: Callable[[Club], Sequence[str]] | None = None, may_be_empty: bool = True
    ) -> None:
        super().__init__(may_be_empty=may_be_empty)
        self.known = known
        """What the club's own rows say, to choose from while typing."""

    def inputs(self, operator: Operator, club: Club | None) -> Inputs:
        inputs = super().inputs(operator, club)
        if operator == Operator.ONE_OF:
            inputs["value"].help_text = _("Several, with commas between them.")
            inputs["value"].validators.append(_names_something)
        return inputs

    def input(self, club: Club | None, label: str) -> forms.Field:
        field = forms.CharField(label=label, max_length=LONGEST, validators=[_is_text])
        # Asked for only where they are shown.
        field.suggestions = lambda: self.known(club) if self.known and club else ()  # type: ignore[attr-defined]
        return field

    def holds(self, value: Combinable, operator: Operator, given: Params, asked: Asked) -> Q:
        known = Folded(as_text(value))
        match operator:
            case Operator.ONE_OF:
                return Q(In(known, [folded(one) for one in listed(given["value"])]))
            case Operator.CONTAINS:
                return Q(GreaterThan(StrIndex(known, Value(folded(given["value"]))), 0))
            case _:
                return Q(Exact(known, folded(given["value"])))

    def needs(self, operator: Operator, given: Params, asked: Asked) -> str:
        match operator:
            case Operator.ONE_OF:
                return one_or_other(listed(given["value"]))
            case Operator.CONTAINS:
                return _("something with “%(value)s”") % given
            case _:
                return super().needs(operator, given, asked)

    def said(self, operator: Operator, given: Params, asked: Asked) -> str:
        if operator == Operator.CONTAINS:
            return _("contains “%(value)s”") % given
        return super().said(operator, given, asked)

    def shown(self, value: Any, asked: Asked) -> str:
        return str(value) if value else _("empty")


def listed(text: str) -> list[str]:
    """What stands between the commas."""
    return [part for one in text.split(",") if (part := one.strip())]


def one_or_other(said: Sequence[str]) -> str:
    *others, last = said or [""]
    return _("%(others)s or %(last)s") % {"others": ", ".join(others), "last": last} if others else last


def _names_something(text: str) -> None:
    if not listed(text):
        raise ValidationError(_("Name at least one."))


def _is_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValidationError(_("Holds a character that is no text.")) from None


def as_text(value: Combinable) -> Coalesce:
    """Nothing where there is no text."""
    return Coalesce(value, Value(""), output_field=CharField())
