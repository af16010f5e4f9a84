"""A telephone number as people type it, kept as networks write it."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from members.models.members import E164
from members.rules.phones import international

SHAPE = _("Begin with plus and the country code, like +41 79 123 45 67.")


class PhoneField(forms.CharField):
    """Spaces, dashes and parentheses are taken out, as an import does it."""

    default_validators = [RegexValidator(E164, SHAPE)]

    def __init__(self, **kwargs: Any) -> None:
        # How long it may be is asked of the number, not of what was typed.
        super().__init__(**kwargs | {"max_length": None})

    def to_python(self, value: Any) -> str:
        return international(super().to_python(value) or "")
