"""A club's own fields, read out of the member's JSON: what is not of the field's type counts as not known."""

from collections.abc import Mapping
from typing import Any

from django.db.models import BooleanField, Case, CharField, F, Field, FloatField, Func, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import In
from django.utils.translation import gettext as _

from automations.blocks import Params
from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, Topic
from automations.conditions.choices import Truth
from automations.conditions.days import Day
from automations.conditions.numbers import Number
from automations.conditions.values import Sort, Text
from members.models import CustomField

PREFIX = "custom."
Type = CustomField.Type


class _Kept(Func):
    """What `custom` holds under a name, which is a parameter and never SQL."""

    on_postgresql = "(%(expressions)s)::text)"
    on_sqlite = "JSON_EXTRACT(%(expressions)s)"

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(F("custom"), Value(name), output_field=output_field)

    def as_postgresql(self, compiler: Any, connection: Any, **_kwargs: Any) -> Any:
        return self.as_sql(compiler, connection, template=self.on_postgresql, arg_joiner=self.joined)

    joined = " ->> ("

    def as_sqlite(self, compiler: Any, connection: Any, **_kwargs: Any) -> Any:
        return self.as_sql(compiler, connection, template=self.on_sqlite, arg_joiner=", '$.' || ")


class _Number(_Kept):
    on_postgresql = "((%(expressions)s)::text))::double precision"


class _Type(_Kept):
    joined = " -> ("
    on_postgresql = "jsonb_typeof(%(expressions)s)::text)"
    on_sqlite = "JSON_TYPE(%(expressions)s)"


class _IsTrue(_Kept):
    joined = " -> ("
    on_postgresql = "((%(expressions)s)::text) = 'true'::jsonb)"
    on_sqlite = "(JSON_TYPE(%(expressions)s) = 'true')"


class _Day(_Kept):
    # Days written alike are in their order as plain text.
    on_postgresql = '((%(expressions)s)::text) COLLATE "C")'


def _if(name: str, types: tuple[str, ...], then: _Kept) -> Case:
    is_of_type = Q(In(_Type(name, CharField()), types))
    return Case(When(is_of_type, then=then), default=None, output_field=then.output_field)


SORTS: Mapping[str, Sort] = {
    Type.TEXT: Text(),
    Type.NUMBER: Number(is_whole=False, may_be_empty=True),
    Type.DAY: Day(is_text=True),
}


class CustomConditionField(ConditionField):
    """One of a club's own fields, such as `custom.shoe_size`."""

    topic = Topic.CUSTOM

    def __init__(self, name: str, label: str, type: str) -> None:
        self.name = name
        self.kind = f"{PREFIX}{name}"
        self.label = label
        self.type = type
        self.sort = (
            Truth(_("%(label)s: yes") % {"label": label}, _("%(label)s: no") % {"label": label})
            if type == Type.TRUTH
            else SORTS[type]
        )

    def value(self, given: Params, asked: Asked) -> Combinable:
        match self.type:
            case Type.NUMBER:
                return _if(self.name, ("number", "integer", "real"), _Number(self.name, FloatField()))
            case Type.TRUTH:
                return _IsTrue(self.name, BooleanField())
            case Type.DAY:
                return _if(self.name, ("string", "text"), _Day(self.name, CharField()))
            case _:
                return _if(self.name, ("string", "text"), _Kept(self.name, CharField()))
