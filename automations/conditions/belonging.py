"""Whether somebody is one of some or not, such as those who bear a tag or are in a segment."""

from django.db.models import Q
from django.db.models.expressions import Combinable
from django.utils.text import capfirst

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, true_of
from automations.conditions.operators import Operator, unless


class Belonging(ConditionField):
    def belongs(self, given: Params, asked: Asked) -> Q:
        """Those who do."""
        raise NotImplementedError

    def operators(self) -> tuple[Operator, ...]:
        return (Operator.IS, Operator.IS_NOT)

    def value(self, given: Params, asked: Asked) -> Combinable:
        return true_of(self.belongs(given, asked))

    def q(self, operator: Operator, given: Params, asked: Asked) -> Q:
        among = self.belongs(given, asked)
        return unless(among) if operator == Operator.IS_NOT else among

    def failed(self, operator: Operator, seen: object, given: Params, asked: Asked) -> str:
        other = Operator.IS if operator == Operator.IS_NOT else Operator.IS_NOT
        return str(capfirst(self.sentence(other, given, asked)))
