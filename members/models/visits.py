"""A visit: one member, one instant; and what stays of one that was taken back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.members import Member


class Visit(models.Model):
    """`club` and `external_id` name it where another system told of it; `changed_at` is when that came true."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False, related_name="visits")
    attended_at = models.DateTimeField(_("attended"))
    club = models.ForeignKey(
        Club, on_delete=models.CASCADE, null=True, editable=False, db_index=False, related_name="+"
    )
    external_id = models.CharField(
        _("visit ID"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    changed_at = models.DateTimeField(_("changed"), null=True, editable=False)

    class Meta:
        ordering = ["-attended_at"]
        indexes = [models.Index(fields=["attended_at", "id"], name="visit_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "attended_at"],
                name="visit_once_per_instant",
                violation_error_message=_("This visit is already recorded."),
            ),
            models.UniqueConstraint(
                fields=["club", "external_id"],
                condition=~models.Q(external_id=""),
                name="visit_external_id_unique_in_club",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.attended_at:%Y-%m-%d %H:%M} UTC"


class TakenBackVisit(models.Model):
    """The other system's number of a visit that never was, so that older news of it, come late, does not bring it back."""

    club = models.ForeignKey(Club, on_delete=models.CASCADE, db_index=False, related_name="+")
    external_id = models.CharField(_("visit ID"), max_length=64)
    changed_at = models.DateTimeField(_("taken back"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["club", "external_id"], name="taken_back_visit_external_id_unique_in_club"
            )
        ]

    def __str__(self) -> str:
        return self.external_id
