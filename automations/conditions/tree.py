"""Conditions as they are stored, read: groups of rules, which become one filter and one sentence.

    {"match": "all", "rules": [{"field": "membership_status", "operator": "is", "value": "active"},
                               {"match": "any", "rules": [{"field": "visits", "operator": "at_least", "value": 3, "days": 30}, …]}]}

Groups stand in the outermost one alone. Nothing stored means that everybody fits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, RuleForm
from automations.conditions.fields import field_named
from automations.conditions.operators import Operator

ALL, ANY = "all", "any"
MOST = 40
"""Rules in one set of conditions."""


@dataclass(frozen=True)
class Rule:
    field: ConditionField
    operator: Operator
    given: Params

    def q(self, asked: Asked) -> Q:
        return self.field.q(self.operator, self.given, asked)

    def sentence(self, asked: Asked) -> str:
        return self.field.sentence(self.operator, self.given, asked)


@dataclass(frozen=True)
class Group:
    match: str
    rules: "tuple[Rule | Group, ...]"

    def q(self, asked: Asked) -> Q:
        """True of those who fit; of nobody is it unknown to the effect that she does."""
        found = Q()
        for rule in self.rules:
            found = found | rule.q(asked) if self.match == ANY else found & rule.q(asked)
        return found

    def leaves(self) -> Iterator[Rule]:
        for rule in self.rules:
            if isinstance(rule, Group):
                yield from rule.leaves()
            else:
                yield rule

    def sentence(self, asked: Asked) -> str:
        """Like “all of: level is Gold; any of (…; …)”; of a single rule the rule."""
        if len(self.rules) == 1:
            return self.rules[0].sentence(asked)
        parts = "; ".join(
            f"({rule.sentence(asked)})"
            if isinstance(rule, Group) and len(rule.rules) > 1
            else rule.sentence(asked)
            for rule in self.rules
        )
        how = _("any of: %(rules)s") if self.match == ANY else _("all of: %(rules)s")
        return how % {"rules": parts}


def read(stored: Any, asked: Asked, *, is_to_be_saved: bool = False) -> Group:
    """The conditions that are stored so. ValidationError names each that does not fit.

    What only matters to whoever writes them, such as that a trainer works here, is asked if they are to be saved.
    """
    if not stored and isinstance(stored, dict):
        return Group(ALL, ())
    reading = _Reading(asked, is_to_be_saved)
    group = reading.group(stored, is_outermost=True)
    if reading.errors:
        raise ValidationError(reading.errors)
    return group


class _Reading:
    """One pass over what is stored, collecting what is wrong with its rules; a group that is none ends it."""

    def __init__(self, asked: Asked, is_to_be_saved: bool) -> None:
        self.asked = asked
        self.is_to_be_saved = is_to_be_saved
        self.number = 0
        self.errors: list[str] = []

    def group(self, stored: Any, *, is_outermost: bool = False) -> Group:
        if not isinstance(stored, dict) or stored.keys() != {"match", "rules"}:
            raise ValidationError(_("A group says “match” and “rules”, and nothing else."))
        if stored["match"] not in (ALL, ANY):
            raise ValidationError(_("A group matches “all” or “any” of its rules."))
        if not isinstance(stored["rules"], list) or not stored["rules"]:
            raise ValidationError(_("A group needs at least one condition."))
        read: list[Rule | Group] = []
        for one in stored["rules"]:
            if isinstance(one, dict) and "rules" in one:
                if not is_outermost:
                    raise ValidationError(_("A group inside a group has no groups of its own."))
                read.append(self.group(one))
                continue
            self.number += 1
            if self.number > MOST:
                raise ValidationError(_("More than %(most)s conditions are too many.") % {"most": MOST})
            try:
                read.append(self.rule(one))
            except ValidationError as refused:
                self.errors += [
                    _("Condition %(number)s: %(why)s") % {"number": self.number, "why": why}
                    for why in refused.messages
                ]
        return Group(stored["match"], tuple(read))

    def rule(self, stored: Any) -> Rule:
        if not isinstance(stored, dict) or not all(isinstance(name, str) for name in stored):
            raise ValidationError(_("is no rule with a field and an operator."))
        kind, operator = stored.get("field"), stored.get("operator")
        field = field_named(kind, self.asked) if isinstance(kind, str) else None
        if field is None:
            raise ValidationError(_("there is no field “%(field)s”.") % {"field": kind})
        if operator not in [one.value for one in field.operators()]:
            words = {"field": field.label, "operator": operator}
            raise ValidationError(_("“%(field)s” cannot be compared by “%(operator)s”.") % words)
        values = {name: _plain(name, value) for name, value in stored.items()}
        form = RuleForm(field, Operator(operator), values, club=self.asked.club)
        if any(isinstance(values.get(name), list) != _is_several(one) for name, one in form.fields.items()):
            raise ValidationError(_("%(field)s: that many values do not fit.") % {"field": field.label})
        if not form.is_valid():
            raise ValidationError(
                [
                    f"{field.label}, {form.fields[name].label}: {said}"
                    if name in form.fields
                    else f"{field.label}: {said}"
                    for name, errors in form.errors.items()
                    for said in errors
                ]
            )
        if unknown := stored.keys() - form.fields.keys() - {"field", "operator"}:
            raise ValidationError(_("“%(name)s” is nothing that it takes.") % {"name": sorted(unknown)[0]})
        rule = Rule(field, Operator(operator), form.cleaned_data)
        if self.is_to_be_saved and (why := field.refusal(rule.operator, rule.given, self.asked)):
            raise ValidationError(why)
        return rule


def _plain(name: str, value: Any) -> Any:
    """As a form is given it: text, or several texts. Inputs of a form would stumble over anything else."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    if value is not None and (isinstance(value, bool) or not isinstance(value, str | int | float)):
        raise ValidationError(_("“%(name)s” must be text, a number or a list of texts.") % {"name": name})
    return "" if value is None else str(value)


def _is_several(field: forms.Field) -> bool:
    return isinstance(field, forms.MultipleChoiceField)
