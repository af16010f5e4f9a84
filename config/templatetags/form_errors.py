"""What keeps a form from being saved, as lines that lead to their fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms, template
from django.utils.text import capfirst

register = template.Library()


@dataclass(frozen=True)
class Mistake:
    """`anchor` is the id of the field on the page; empty where it is about several."""

    name: str
    words: str
    anchor: str = ""


@register.simple_tag(takes_context=True)
def mistakes(context: Any) -> list[Mistake]:
    """Those of the page's form and of the rows below it, in the order of the page; what is about no field is said there."""
    form = context["adminform"].form if "adminform" in context else context.get("form")
    found = list(_of_form(form)) if form is not None else []
    for inline in context.get("inline_admin_formsets") or ():
        rows = inline.formset
        found += [Mistake("", words) for words in rows.non_form_errors()]
        for number, row in enumerate(rows.forms, start=1):
            name = f"{capfirst(inline.opts.verbose_name)} {number}"
            found += [Mistake(name, words) for words in row.non_field_errors()]
            found += [
                Mistake(f"{name}, {one.name}" if one.name else name, one.words, one.anchor)
                for one in _of_form(row)
            ]
    return found


def _of_form(form: forms.BaseForm) -> Iterator[Mistake]:
    if not form.is_bound:
        return
    for field in form:
        if not field.errors:
            continue
        # A field that is a form of its own says at each of its fields what is wrong.
        if isinstance(field.data, forms.BaseForm):
            yield from _of_form(field.data)
            continue
        anchor = field.id_for_label or field.auto_id
        yield from (Mistake(str(field.label), str(words), anchor) for words in field.errors)
