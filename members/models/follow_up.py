"""How each member's follow-up status came about: one row for the first and one for every change."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.members import FollowUpStatus, Member


class FollowUpChange(models.Model):
    """The newest row of a member is what `follow_up_status` and `follow_up_status_since` of hers repeat."""

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="follow_up_changes")
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, db_index=False, related_name="follow_up_changes"
    )
    from_status = models.CharField(
        max_length=13, choices=FollowUpStatus.choices, blank=True, help_text=_("Empty for the first.")
    )
    to_status = models.CharField(max_length=13, choices=FollowUpStatus.choices)
    changed_at = models.DateTimeField(_("changed"))
    cause = models.CharField(
        max_length=100, blank=True, help_text=_("What brought it, such as “agreement 812”.")
    )

    class Meta:
        ordering = ["-changed_at", "-id"]
        indexes = [
            models.Index(fields=["member", "changed_at"], name="follow_up_change_member"),
            models.Index(fields=["club", "changed_at"], name="follow_up_change_club"),
        ]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}" if self.from_status else self.to_status
