"""A visit: one member, one instant."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.members import Member


class Visit(models.Model):
    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False, related_name="visits")
    attended_at = models.DateTimeField(_("attended"))

    class Meta:
        ordering = ["-attended_at"]
        indexes = [models.Index(fields=["attended_at", "id"], name="visit_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "attended_at"],
                name="visit_once_per_instant",
                violation_error_message=_("This visit is already recorded."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.attended_at:%Y-%m-%d %H:%M} UTC"
