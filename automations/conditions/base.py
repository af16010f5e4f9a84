"""What every field of a condition answers: the member's value in SQL, whether it fits, and how both are said."""

from typing import Any

from django import forms
from django.db.models import BooleanField, Case, Q, TextChoices, Value, When
from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.blocks import BlockForm, Params
from automations.conditions.asked import Asked
from automations.conditions.choices import Truth
from automations.conditions.numbers import InDays
from automations.conditions.operators import Operator
from automations.conditions.values import Sort
from members.models import Club


class Topic(TextChoices):
    MEMBER = "member", gettext_lazy("Member")
    VISITS = "visits", gettext_lazy("Visits")
    AGREEMENT = "agreement", gettext_lazy("Agreements")
    BOOKING = "booking", gettext_lazy("Bookings")
    PAYMENT = "payment", gettext_lazy("Payments")
    CONSENT = "consent", gettext_lazy("Consent")
    CUSTOM = "custom", gettext_lazy("The club's own fields")
    SEGMENT = "segment", gettext_lazy("Segments")


class RuleForm(BlockForm):
    """What has to be filled in for one field and operator; the only description of it, as every block's form is."""

    def __init__(
        self, field: "ConditionField", operator: Operator, *args: Any, club: Club | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, club=club, **kwargs)
        self.fields.update(field.inputs(operator, club))

    def clean(self) -> Params:
        cleaned: Params = super().clean() or self.cleaned_data
        if "value" in cleaned and "to" in cleaned and cleaned["to"] < cleaned["value"]:
            self.add_error("to", _("Must not be less than the value before it."))
        return cleaned


class ConditionField:
    """A `value` of each member, an expression, and the `sort` of value it is, which knows what may be asked of it."""

    kind: str
    label: str | Promise
    topic: Topic
    sort: Sort

    def operators(self) -> tuple[Operator, ...]:
        return self.sort.offered()

    def inputs(self, operator: Operator, club: Club | None) -> dict[str, forms.Field]:
        return self.sort.inputs(operator, club)

    def value(self, given: Params, asked: Asked) -> Combinable:
        raise NotImplementedError

    def q(self, operator: Operator, given: Params, asked: Asked) -> Q:
        """The members who fit; never true of somebody of whom the value is not known, unless that is asked for."""
        return self.sort.compare(self.value(given, asked), operator, given, asked)

    def refusal(self, operator: Operator, given: Params, asked: Asked) -> str:
        """Why this may not be saved, beyond what the form knows; empty if it may."""
        return ""

    @property
    def noun(self) -> str:
        said = str(self.label)
        return said[:1].lower() + said[1:]

    def sentence(self, operator: Operator, given: Params, asked: Asked) -> str:
        """Like “level is Gold”."""
        said = self.sort.said(operator, given, asked)
        return said if isinstance(self.sort, Truth | InDays) else f"{self.noun} {said}"

    def shown(self, seen: Any, given: Params, asked: Asked) -> str:
        """What `value` gave for one member, in words."""
        return self.sort.shown(seen, asked)

    def failed(self, operator: Operator, seen: Any, given: Params, asked: Asked) -> str:
        """Why a member does not fit, like “Level is Basic, needs Gold”."""
        shown = self.shown(seen, given, asked)
        if isinstance(self.sort, Truth):
            return str(capfirst(shown))
        words = {
            "what": _("%(noun)s is %(value)s") % {"noun": self.noun, "value": shown},
            "needs": self.sort.needs(operator, given, asked),
        }
        if isinstance(self.sort, InDays):
            words["what"] = str(self.sort.phrase) % {"what": shown, "days": given["days"]}
        words["what"] = str(capfirst(words["what"]))
        return _("%(what)s, needs %(needs)s") % words


def true_of(condition: Q) -> Case:
    """A condition as a value."""
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
