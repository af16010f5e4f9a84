"""Days on which a club was shut; they do not count as days away."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from members.models.clubs import Club

LONGEST_IN_DAYS = 2 * 366


class Closure(models.Model):
    club = models.ForeignKey(Club, on_delete=models.CASCADE, related_name="closures")
    starts_on = models.DateField(_("closed from"), help_text=_("The first day shut."))
    reopens_on = models.DateField(_("open again on"), help_text=_("The first day open again."))
    note = models.CharField(max_length=200, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starts_on__lt=models.F("reopens_on")),
                name="closure_ends_after_it_starts",
                violation_error_message=_("The club must open again after the day it shut."),
            )
        ]
        indexes = [models.Index(fields=["club", "reopens_on"], name="closure_club_reopens")]

    def clean(self) -> None:
        """Refuse what can only be a slip: years that no gym has seen, and a closure of more than two years."""
        for field in ("starts_on", "reopens_on"):
            if (day := getattr(self, field)) and not 1990 <= day.year <= 2199:
                raise ValidationError({field: _("Please check the year.")})
        if self.starts_on and self.reopens_on and (self.reopens_on - self.starts_on).days > LONGEST_IN_DAYS:
            raise ValidationError({"reopens_on": _("A closure lasts two years at most.")})

    def __str__(self) -> str:
        return f"{self.starts_on} – {self.reopens_on} {self.note}".strip()
