"""The rows of the conditions' editor: made of what is stored or of what was posted, checked, and stored again.

Each row has an id of its own in the names of its inputs. The rows' order is that of the hidden inputs that say the ids.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder

from automations.admin.typed_params import styled
from automations.conditions import Asked, ConditionField, Operator, RuleForm, field_named, read
from automations.conditions.tree import ALL, ANY


def rule_form(of: ConditionField, operator: Operator, asked: Asked, prefix: str, **kwargs: Any) -> RuleForm:
    form = RuleForm(
        of, operator, club=asked.club, prefix=prefix, use_required_attribute=False, **kwargs
    )  # fmt: skip
    for one in form.fields.values():
        styled(one.widget)
    return form


@dataclass
class Row:
    """A rule, or a group with rows of its own. `form` is bound where something was posted."""

    id: str
    prefix: str
    about: ConditionField | None = None
    operator: Operator | None = None
    form: RuleForm | None = None
    is_group: bool = False
    match: str = ALL
    rows: "list[Row]" = field(default_factory=list)
    error: str = ""
    """What is wrong with it, besides what stands at its inputs."""

    def stored(self) -> dict[str, Any]:
        if self.is_group:
            return {"match": self.match, "rules": [row.stored() for row in self.rows]}
        assert self.about
        assert self.operator
        assert self.form
        said = json.loads(json.dumps(self.form.cleaned_data, cls=DjangoJSONEncoder))
        return {"field": self.about.kind, "operator": self.operator.value, **said}


class Rows:
    """All rows of one editor, and how the outermost are joined."""

    def __init__(self, name: str, asked: Asked, match: str, rows: list[Row]) -> None:
        self.name, self.asked, self.match, self.rows = name, asked, match, rows

    @classmethod
    def of_stored(cls, name: str, asked: Asked, stored: dict[str, Any]) -> "Rows":
        number = iter(range(10_000))

        def row(rule: Any) -> Row:
            key = str(next(number))
            one = Row(key, f"{name}-{key}")
            if not isinstance(rule, dict):
                return one
            if "rules" in rule:
                one.is_group, one.match = True, rule.get("match", ALL)
                one.rows = [row(inner) for inner in rule["rules"]]
                return one
            one.about = field_named(str(rule.get("field")), asked)
            if one.about and rule.get("operator") in Operator.values:
                one.operator = Operator(rule["operator"])
                one.form = rule_form(one.about, one.operator, asked, one.prefix, initial=rule)
            return one

        rows = [row(rule) for rule in stored.get("rules", ())]
        return cls(name, asked, stored.get("match", ALL), rows)

    @classmethod
    def of_posted(cls, name: str, asked: Asked, data: Any) -> "Rows":
        groups: dict[str, Row] = {}
        rows: list[Row] = []
        for key in _listed(data, f"{name}-row"):
            row = Row(key, f"{name}-{key}")
            if (match := data.get(f"{row.prefix}-match")) is not None:
                row.is_group, row.match = True, ANY if match == ANY else ALL
                groups[key] = row
                rows.append(row)
                continue
            row.about = field_named(data.get(f"{row.prefix}-field", ""), asked)
            if row.about is None:
                # Added, and nothing chosen yet.
                continue
            posted = data.get(f"{row.prefix}-operator")
            offered = row.about.operators()
            row.operator = next((one for one in offered if one.value == posted), offered[0])
            row.form = rule_form(row.about, row.operator, asked, row.prefix, data=data)
            outer = groups.get(data.get(f"{row.prefix}-in", ""))
            (outer.rows if outer else rows).append(row)
        kept = [row for row in rows if row.rows or not row.is_group]
        return cls(name, asked, ANY if data.get(f"{name}-match") == ANY else ALL, kept)

    def leaves(self) -> Iterator[Row]:
        for row in self.rows:
            yield from row.rows if row.is_group else [row]

    @cached_property
    def refused(self) -> list[str]:
        """What is wrong with the whole; what is wrong with a row stands at it."""
        forms = [row.form for row in self.leaves() if row.form]
        for row in self.leaves():
            if row.form and row.about and row.operator and row.form.is_valid():
                row.error = row.about.refusal(row.operator, row.form.cleaned_data, self.asked)
        if not all(form.is_valid() for form in forms) or any(row.error for row in self.leaves()):
            return []
        try:
            read(self.stored(), self.asked)
        except ValidationError as refused:
            return list(refused.messages)
        return []

    def is_valid(self) -> bool:
        whole = self.refused
        return not whole and all(
            row.form is not None and row.form.is_valid() and not row.error for row in self.leaves()
        )

    def stored(self) -> dict[str, Any]:
        """What is to be stored; nothing without a row."""
        return {"match": self.match, "rules": [row.stored() for row in self.rows]} if self.rows else {}

    def errors(self) -> Iterator[tuple[str, str]]:
        """Each with the name of the input that it belongs to."""
        yield from ((f"{self.name}-match", said) for said in self.refused)
        for row in self.leaves():
            if row.error:
                yield f"{row.prefix}-field", row.error
            for name, errors in row.form.errors.items() if row.form else ():
                yield from ((f"{row.prefix}-{name}", str(said)) for said in errors)

    def wrong(self) -> Iterator[str]:
        """What was filled in and does not fit, in words; what is merely missing is not told."""
        yield from self.refused
        for row in self.leaves():
            if row.error:
                yield row.error
            for name, errors in row.form.errors.as_data().items() if row.form else ():
                label = f"{row.about.label}: " if row.about else ""
                for error in errors:
                    if error.code != "required" and name in row.form.fields:  # type: ignore[union-attr]
                        yield from (f"{label}{said}" for said in error.messages)


def _listed(data: Any, name: str) -> list[str]:
    if hasattr(data, "getlist"):
        return list(data.getlist(name))
    found = data.get(name, [])
    return [found] if isinstance(found, str) else list(found)
