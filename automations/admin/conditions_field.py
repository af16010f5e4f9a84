"""One form field for a tree of conditions: rows of field, operator and value, whose inputs follow what is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import prefetch_related_objects
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from automations.admin.condition_rows import Row, Rows, rule_form
from automations.conditions import Asked, ConditionField, Operator, RuleForm, fields_of
from automations.conditions.tree import ALL, ANY
from members.models import Club

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MATCHES = [(ALL, _("all of these are so")), (ANY, _("any of these is so"))]
ANEW = "__row__"
"""Stands for the id in what a new row is made of."""


@dataclass(frozen=True)
class Shape:
    """The inputs that some operators of a field have in common; shown for the one that is chosen."""

    operators: tuple[Operator, ...]
    form: RuleForm
    is_chosen: bool

    @property
    def names(self) -> str:
        return " ".join(operator.value for operator in self.operators)


@dataclass(frozen=True)
class ConditionsWords:
    """What the conditions are for, above them, and what it means that there are none."""

    heading: "StrOrPromise"
    nobody_left_out: "StrOrPromise"


OF_A_WORKFLOW = ConditionsWords(
    _("Followed up is who fits, which means that"),
    _("No conditions: everybody whom it finds."),
)


class ConditionsWidget(forms.Widget):
    class Media:
        js = ["rollcall/conditions.js"]

    def __init__(self, club: Club | None, words: "ConditionsWords") -> None:
        super().__init__()
        self.club = club
        self.words = words

    def asked(self) -> Asked:
        club = self.club or Club()
        if club.pk:
            prefetch_related_objects([club], "staff", "tags", "segments", "custom_fields")
        return Asked(club, timezone.now())

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Rows | None:
        if self.value_omitted_from_data(data, files, name):
            return None
        return Rows.of_posted(name, self.asked(), data)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-match" not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        rows = (
            value
            if isinstance(value, Rows)
            else Rows.of_stored(name, self.asked(), value if isinstance(value, dict) else {})
        )
        fields = fields_of(rows.asked) if self.club else []
        topics = [(topic.label, list(some)) for topic, some in groupby(fields, key=lambda one: one.topic)]
        context = {
            "name": name,
            "words": self.words,
            "matches": MATCHES,
            "match": rows.match,
            "refused": rows.refused if isinstance(value, Rows) else [],
            "rows": [_shown(row, rows.asked) for row in rows.rows],
            "topics": topics,
            "anew": _shown(Row(ANEW, f"{name}-{ANEW}"), rows.asked),
            "anew_group": _shown(Row(ANEW, f"{name}-{ANEW}", is_group=True, match=ANY), rows.asked),
            "parts": [{"kind": one.kind, **_asks(one, None, None, rows.asked, f"{name}-{ANEW}")} for one in fields],
            "suggestions": _suggestions(fields, self.club),
        }  # fmt: skip
        return render_to_string("admin/conditions.html", context)


def _shown(row: Row, asked: Asked) -> dict[str, Any]:
    shown: dict[str, Any] = {"row": row, "rows": [_shown(inner, asked) for inner in row.rows]}
    if row.about:
        shown |= _asks(row.about, row.operator, row.form, asked, row.prefix)
    return shown


def _asks(
    field: ConditionField, chosen: Operator | None, form: RuleForm | None, asked: Asked, prefix: str
) -> dict[str, Any]:
    """The operators and inputs of a field; `form` is that of the chosen operator."""
    offered = field.operators()
    chosen = chosen or offered[0]
    by_inputs: dict[Any, list[Operator]] = {}
    for operator in offered:
        inputs = tuple((name, type(one)) for name, one in field.inputs(operator, asked.club).items())
        by_inputs.setdefault(inputs, []).append(operator)
    shapes: list[Shape] = []
    for alike in by_inputs.values():
        own = form if form and chosen in alike else rule_form(field, alike[0], asked, prefix)
        for name, one in own.fields.items():
            if hasattr(one, "suggestions"):
                one.widget.attrs["list"] = f"known-{field.kind}"
            one.widget.attrs.setdefault("data-input", name)
        shapes.append(Shape(tuple(alike), own, chosen in alike))
    return {"operators": offered, "operator": chosen, "shapes": shapes, "prefix": prefix}


def _suggestions(fields: Sequence[ConditionField], club: Club | None) -> list[tuple[str, Sequence[str]]]:
    """What the club's own rows say, by the field that it is offered for."""
    known = ((one.kind, getattr(one.sort, "known", None)) for one in fields)
    return [(kind, ask(club)) for kind, ask in known if ask and club]


class ConditionsField(forms.Field):
    widget: ConditionsWidget

    def __init__(self, club: Club | None, words: "ConditionsWords", **kwargs: Any) -> None:
        super().__init__(required=False, widget=ConditionsWidget(club, words), **kwargs)

    def clean(self, value: Any) -> Any:
        """What is to be stored; None if the form had no such rows at all."""
        if not isinstance(value, Rows):
            return None
        if not value.is_valid():
            # What is wrong stands at the rows; this only keeps the whole from being saved.
            raise forms.ValidationError(value.refused or _("Please correct what is marked."))
        return value.stored()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return isinstance(data, Rows) and (not data.is_valid() or data.stored() != (initial or {}))


class WithConditions(forms.ModelForm):
    """A model form with a field `conditions`, of the club that `club_for_conditions` says."""

    conditions_words = OF_A_WORKFLOW

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "conditions" in self.fields:
            self.fields["conditions"] = ConditionsField(
                self.club_for_conditions(), self.conditions_words, label=""
            )

    def club_for_conditions(self) -> Club | None:
        raise NotImplementedError

    def clean_conditions(self) -> dict[str, Any]:
        said = self.cleaned_data["conditions"]
        kept: dict[str, Any] = self.instance.conditions
        return kept if said is None else said
