"""Who was chosen in a list, carried from there through a question to its answer."""

from typing import Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest


class ChosenForm(forms.Form):
    """For a question about those chosen in a list; begins with what `as_chosen` says, beside what it asks itself."""

    action = forms.CharField(widget=forms.HiddenInput)
    select_across = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[ACTION_CHECKBOX_NAME] = forms.Field(widget=forms.MultipleHiddenInput, required=False)


def as_chosen(request: HttpRequest) -> dict[str, Any]:
    """The first values of the form, from the POST of the list."""
    chosen = {name: request.POST.get(name, "") for name in ("action", "select_across")}
    return {**chosen, ACTION_CHECKBOX_NAME: request.POST.getlist(ACTION_CHECKBOX_NAME)}
