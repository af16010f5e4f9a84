"""A club's own fields of a member, kept by staff; and how they stand in the member's form."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from members.admin.actions import DayInput
from members.admin.scoping import ClubScopedAdmin, ScopedFilter, visible_club_ids
from members.models import Club, CustomField, Member
from members.rules.custom_fields import LARGEST, LONGEST, in_words

PREFIX = "custom_"
USES: list[Callable[[CustomField], Iterable[object]]] = []
"""What the apps above know of what asks about a field."""
TRUTHS = [("", _("not known")), ("yes", _("yes")), ("no", _("no"))]


@admin.register(CustomField)
class CustomFieldAdmin(ClubScopedAdmin):
    club_path = "club"
    # Values are kept by the name, and read by the type.
    fixed_once_saved = ("club", "name", "type")
    list_display = ["label", "in_files", "type"]
    list_filter = [("club", ScopedFilter)]
    list_select_related = ["club"]
    search_fields = ["label", "name"]
    fields = ["club", "label", "name", "type"]
    filled_from = {"name": ["label"]}

    class Media:
        js = ["rollcall/custom_fields.js"]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "club"] if len(visible_club_ids(request)) > 1 else list(self.list_display)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """One that something asks about stays."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        for field in objs:
            for use in (use for uses in USES for use in uses(field)):
                words = {"use": use, "field": field}
                protected.append(gettext("“%(use)s” uses “%(field)s”. Please change that first.") % words)
        return deleted, counts, missing, protected

    @admin.display(description=_("in files and the API"), ordering="name")
    def in_files(self, field: CustomField) -> str:
        return f"custom.{field.name}"


def form_fields(fields: Iterable[CustomField], member: Member | None) -> dict[str, forms.Field]:
    """For the member's form: an input for each of the club's own fields, with what is known."""
    known = member.custom if member else {}
    return {f"{PREFIX}{field.name}": _input(field, known.get(field.name)) for field in fields}


def _input(field: CustomField, known: Any) -> forms.Field:
    shared: dict[str, Any] = {"label": field.label, "required": False, "initial": known}
    match field.type:
        case CustomField.Type.NUMBER:
            widget = UnfoldAdminDecimalFieldWidget({"step": "any"})
            return forms.FloatField(min_value=-LARGEST, max_value=LARGEST, widget=widget, **shared)
        case CustomField.Type.DAY:
            return forms.DateField(widget=DayInput, **shared)
        case CustomField.Type.TRUTH:
            shared["initial"] = {True: "yes", False: "no"}.get(known, "")
            return forms.ChoiceField(choices=TRUTHS, widget=UnfoldAdminSelectWidget, **shared)
        case _:
            return forms.CharField(max_length=LONGEST, widget=UnfoldAdminTextInputWidget, **shared)


def kept(cleaned: dict[str, Any], fields: Iterable[CustomField], before: dict[str, Any]) -> dict[str, Any]:
    """What the member's `custom` becomes; what belongs to no field stays."""
    custom = dict(before)
    for field in fields:
        said = cleaned.get(f"{PREFIX}{field.name}")
        if field.type == CustomField.Type.TRUTH:
            said = {"yes": True, "no": False}.get(said)  # type: ignore[arg-type]
        elif field.type == CustomField.Type.DAY and said:
            said = said.isoformat()
        if said in (None, ""):
            custom.pop(field.name, None)
        else:
            custom[field.name] = said
    return custom


def facts_of(member: Member) -> list[tuple[str, str]]:
    """The label and the value in words of each that is known."""
    club: Club = member.club
    return [
        (field.label, in_words(field, member.custom[field.name], club))
        for field in club.custom_fields.all()
        if field.name in member.custom
    ]
