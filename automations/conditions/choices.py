"""Values of which there are a few: fixed ones, names of the club's own, and yes or no."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import Q, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact, In
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.operators import Operator, unless
from automations.conditions.values import Inputs, MayBeBlank, one_or_other
from members.models import Club

Choices = Sequence[tuple[str, str | Promise]]


class Choice(MayBeBlank):
    """One of a few; `choices` by the club where they are its own."""

    operators: ClassVar[tuple[Operator, ...]] = (Operator.IS, Operator.IS_NOT, Operator.ONE_OF)

    def __init__(
        self, choices: Choices | Callable[[Club | None], Choices], *, may_be_empty: bool = False
    ) -> None:
        super().__init__(may_be_empty=may_be_empty)
        self.choices = choices

    def of(self, club: Club | None) -> Choices:
        return self.choices(club) if callable(self.choices) else self.choices

    def inputs(self, operator: Operator, club: Club | None) -> Inputs:
        if operator == Operator.ONE_OF:
            several = forms.MultipleChoiceField(
                label=_("value"), choices=lambda: self.of(club), widget=forms.CheckboxSelectMultiple
            )
            return {"value": several}
        return super().inputs(operator, club)

    def input(self, club: Club | None, label: str) -> forms.Field:
        return forms.ChoiceField(label=label, choices=lambda: [("", "---------"), *self.of(club)])

    def holds(self, value: Combinable, operator: Operator, given: Params, asked: Asked) -> Q:
        if operator == Operator.ONE_OF:
            return Q(In(value, list(given["value"])))
        return Q(Exact(value, given["value"]))

    def shown(self, value: Any, asked: Asked) -> str:
        names = dict(self.of(asked.club))
        if isinstance(value, list | tuple):
            return one_or_other([str(names.get(one, one)) for one in value])
        return str(names.get(value, value)) if value else _("empty")


class _Lenient(forms.ChoiceField):
    def valid_value(self, value: str) -> bool:
        return True


class _SeveralLenient(forms.MultipleChoiceField):
    def valid_value(self, value: str) -> bool:
        return True


class Named(Choice):
    """Something of the club's own, which may go: a name not known any more keeps no workflow from being asked.

    Whether it may be saved, the field says.
    """

    def inputs(self, operator: Operator, club: Club | None) -> Inputs:
        inputs = super().inputs(operator, club)
        if operator == Operator.ONE_OF:
            inputs["value"] = _SeveralLenient(
                label=_("value"), choices=lambda: self.of(club), widget=forms.CheckboxSelectMultiple
            )
        return inputs

    def input(self, club: Club | None, label: str) -> forms.Field:
        return _Lenient(label=label, choices=lambda: [("", "---------"), *self.of(club)])


class Truth(Choice):
    """Yes or no, each with a phrase of its own, such as “renews by itself”."""

    operators = (Operator.IS,)
    YES, NO = "yes", "no"

    def __init__(self, yes: str | Promise, no: str | Promise) -> None:
        super().__init__([(self.YES, gettext_lazy("yes")), (self.NO, gettext_lazy("no"))])
        self.phrases = {self.YES: yes, self.NO: no}

    def input(self, club: Club | None, label: str) -> forms.Field:
        return forms.ChoiceField(label=label, choices=self.of(club))

    def holds(self, value: Combinable, operator: Operator, given: Params, asked: Asked) -> Q:
        is_true = Q(Exact(value, Value(True)))
        return is_true if given["value"] == self.YES else unless(is_true)

    def said(self, operator: Operator, given: Params, asked: Asked) -> str:
        return str(self.phrases[given["value"]])

    def shown(self, value: Any, asked: Asked) -> str:
        return str(self.phrases[self.YES if value in (True, self.YES) else self.NO])
