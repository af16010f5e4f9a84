"""A club's own fields of a member: what else it wants to know, such as a shoe size or a goal."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.natural_keys import ByNameInClub, NamedInClub

NAME = r"^[a-z][a-z0-9_]{0,39}\Z"


class CustomField(NamedInClub):
    """Its values are in `Member.custom`, by its name: text, a number, yes or no, a day like 2025-09-01."""

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DAY = "day", _("Day")
        TRUTH = "truth", _("Yes or no")

    named_by = "name"

    club = models.ForeignKey(Club, on_delete=models.CASCADE, db_index=False, related_name="custom_fields")
    name = models.CharField(
        max_length=40,
        validators=[
            RegexValidator(NAME, _("Small letters, digits and underscores, beginning with a letter."))
        ],
        help_text=_(
            "As files and the API call it: custom.shoe_size for shoe_size. It cannot be changed later."
        ),
    )
    label = models.CharField(_("what staff call it"), max_length=60)
    type = models.CharField(max_length=6, choices=Type.choices, default=Type.TEXT)

    objects = ByNameInClub["CustomField"]()

    class Meta:
        verbose_name = _("own field")
        verbose_name_plural = _("own fields")
        ordering = ["label", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "name"],
                name="custom_field_once_per_name",
                violation_error_message=_("This club has a field of this name."),
            ),
            models.CheckConstraint(
                condition=models.Q(type__in=["text", "number", "day", "truth"]),
                name="custom_field_type_known",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """Refuse to read the values that are there as something else."""
        before = CustomField.objects.filter(pk=self.pk).first() if self.pk else None
        if before and (before.type, before.name) != (self.type, self.name):
            raise ValidationError(_("The name and the type stay as they are: values are kept by them."))
