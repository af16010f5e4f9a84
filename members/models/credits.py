"""Credits: a ledger of what a member may spend with the club. Nothing in it is ever edited; the balance is its sum."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.members import Member


class CreditEntry(models.Model):
    """So many credits given (or, below zero, taken). What a credit is worth, such as one class, is the club's to say."""

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="credit_entries")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="credit_entries")
    credits = models.IntegerField(help_text=_("Below zero where credits were taken."))
    reason = models.CharField(max_length=200)
    entered_at = models.DateTimeField(_("entered"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Nobody where a workflow gave them."),
    )
    cause = models.CharField(
        max_length=160, editable=False, help_text=_("What entered it, so that nothing is given twice.")
    )

    class Meta:
        verbose_name = _("credit entry")
        verbose_name_plural = _("credit entries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "cause"], name="credit_entry_once_per_cause"),
            models.CheckConstraint(condition=~Q(credits=0), name="credit_entry_not_nothing"),
        ]
        indexes = [models.Index(fields=["club", "id"], name="credit_entry_club")]

    def __str__(self) -> str:
        return f"{self.credits:+} {self.reason}"
