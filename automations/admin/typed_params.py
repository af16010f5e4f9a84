"""One field for the parameters of a trigger or an action: shows the form of each kind, keeps that of the chosen one.

The kind is a select beside it, whose name is this field's without `_params`.
"""

import json
from typing import Any, TypeAlias

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES, SWITCH_CLASSES, UnfoldAdminSelectWidget

from automations.blocks import BlockForm, Registry, filled
from members.models import Club


class BlockForms:
    """The forms of all kinds for one club, for the length of a request: choices are asked for once, then shared."""

    def __init__(self, registry: Registry[Any], club: Club | None) -> None:
        self.registry = registry
        self.club = club
        self.examples: dict[str, BlockForm] = {}

    def form(self, kind: str, name: str, **kwargs: Any) -> BlockForm:
        block = self.registry[kind]
        if kind not in self.examples:
            self.examples[kind] = block.Form(club=self.club)
        form: BlockForm = block.Form(prefix=f"{name}-{kind}", use_required_attribute=False, **kwargs)
        form.club = self.club
        for field_name, field in form.fields.items():
            if isinstance(field, forms.ChoiceField):
                field.choices = self.examples[kind].fields[field_name].choices  # type: ignore[attr-defined]
            styled(field.widget)
        return form


def styled(widget: forms.Widget) -> None:
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return
    classes = INPUT_CLASSES
    if isinstance(widget, forms.CheckboxInput):
        classes = SWITCH_CLASSES
    elif isinstance(widget, forms.Select):
        classes = SELECT_CLASSES
        widget.template_name = UnfoldAdminSelectWidget.template_name
    widget.attrs["class"] = " ".join(classes)


Value: TypeAlias = BlockForm | dict[str, Any] | None
"""The chosen kind's bound form where something was posted; stored parameters, or nothing, where not."""


class TypedParamsWidget(forms.Widget):
    class Media:
        js = ["rollcall/typed_params.js"]

    def __init__(self, block_forms: BlockForms) -> None:
        super().__init__()
        self.block_forms = block_forms
        self.kind = ""
        """The stored kind, to show the stored parameters under."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Value:
        kind = data.get(name.removesuffix("_params"), "")
        if kind not in dict(self.block_forms.registry.choices()):
            return None
        return self.block_forms.form(kind, name, data=data)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def render(self, name: str, value: Value, attrs: Any = None, renderer: Any = None) -> SafeString:
        bound = value if isinstance(value, BlockForm) else None
        chosen = bound.prefix.rpartition("-")[2] if bound and bound.prefix else self.kind
        parts = []
        for kind, label in self.block_forms.registry.choices():
            stored = value if isinstance(value, dict) and kind == chosen else None
            form = bound if bound and kind == chosen else self.block_forms.form(kind, name, initial=stored)
            cooldown = getattr(self.block_forms.registry[kind], "usual_cooldown", None)
            parts.append(
                {
                    "kind": kind,
                    "label": label,
                    "form": form,
                    "is_chosen": kind == chosen,
                    "cooldown": cooldown,
                }
            )
        return render_to_string(
            "admin/typed_params.html", {"parts": parts, "select": name.removesuffix("_params")}
        )


class TypedParamsField(forms.Field):
    widget: TypedParamsWidget

    def __init__(self, block_forms: BlockForms, **kwargs: Any) -> None:
        super().__init__(required=False, label="", widget=TypedParamsWidget(block_forms), **kwargs)

    def clean(self, value: Value) -> dict[str, Any]:
        if not isinstance(value, BlockForm):
            return {}
        if not value.is_valid():
            # What is wrong stands at the fields; this only keeps the whole from being saved.
            raise forms.ValidationError(list(value.non_field_errors()) or _("Please correct what is marked."))
        return _as_stored(value.cleaned_data)

    def has_changed(self, initial: Any, data: Value) -> bool:
        if not isinstance(data, BlockForm):
            return False
        return not data.is_valid() or filled(_as_stored(data.cleaned_data)) != filled(initial or {})


class TypedParamsForm(forms.ModelForm):
    """A model form whose `typed` field names the kind, and whose `typed`_params holds its parameters."""

    typed: str

    def _post_clean(self) -> None:
        # The model would find every parameter missing where one was refused at its field.
        if not self.errors:
            super()._post_clean()  # type: ignore[misc]

    block_forms: BlockForms
    """Set by the admin on the class that it makes for each request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.typed not in self.fields:
            return
        params = TypedParamsField(self.block_forms)
        choices = self.block_forms.registry.choices()
        params.widget.kind = getattr(self.instance, self.typed) or (
            choices[0][0] if len(choices) == 1 else ""
        )
        self.fields[f"{self.typed}_params"] = params
        self.fields[self.typed] = forms.ChoiceField(
            label=self.fields[self.typed].label,
            choices=choices if len(choices) == 1 else [("", "---------"), *choices],
            widget=UnfoldAdminSelectWidget({"data-chooses-params": ""}),
        )


def _as_stored(cleaned: dict[str, Any]) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(json.dumps(cleaned, cls=DjangoJSONEncoder))
    return stored
