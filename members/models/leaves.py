"""When somebody of the staff is away, and whose turn it is next at a club."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club

LONGEST_IN_DAYS = 2 * 366


class Leave(models.Model):
    """Days on which a person gets no task in turn, and none of the members whom they train."""

    club = models.ForeignKey(Club, on_delete=models.CASCADE, db_index=False, related_name="leaves")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="leaves")
    starts_on = models.DateField(_("away from"), help_text=_("The first day away."))
    returns_on = models.DateField(_("back on"), help_text=_("The first day back."))
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starts_on__lt=models.F("returns_on")),
                name="leave_ends_after_it_starts",
                violation_error_message=_("The first day back must be after the first day away."),
            )
        ]
        indexes = [
            models.Index(fields=["club", "returns_on"], name="leave_club_returns"),
            models.Index(fields=["starts_on", "id"], name="leave_starts"),
        ]

    def clean(self) -> None:
        """Refuse what can only be a slip: a year that is none, and a leave of more than two years."""
        for field in ("starts_on", "returns_on"):
            if (day := getattr(self, field)) and not 1990 <= day.year <= 2199:
                raise ValidationError({field: _("Please check the year.")})
        if self.starts_on and self.returns_on and (self.returns_on - self.starts_on).days > LONGEST_IN_DAYS:
            raise ValidationError({"returns_on": _("A leave lasts two years at most.")})

    def __str__(self) -> str:
        return f"{self.person}, {self.starts_on} – {self.returns_on}"


class StaffTurn(models.Model):
    """When a person last had a turn at a club, by number: the lowest is next, and before all who had none yet."""

    club = models.ForeignKey(Club, on_delete=models.CASCADE, db_index=False, related_name="staff_turns")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["club", "person"], name="staff_turn_one_per_person"),
            models.UniqueConstraint(fields=["club", "number"], name="staff_turn_nobody_shares"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.number}"
