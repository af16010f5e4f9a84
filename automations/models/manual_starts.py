"""A workflow that somebody of the staff started for a member."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from automations.models.workflows import Workflow
from members.models import Member


class ManualStart(models.Model):
    """One press for one member. `token` is the dialog's: pressing twice in the same one starts once."""

    workflow = models.ForeignKey(
        Workflow, on_delete=models.CASCADE, db_index=False, related_name="manual_starts"
    )
    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False, related_name="manual_starts")
    token = models.UUIDField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("started"))

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "workflow", "token"], name="manual_start_once_per_dialog"
            )
        ]
        indexes = [models.Index(fields=["workflow", "asked_at"], name="manual_start_of_workflow")]

    def __str__(self) -> str:
        return f"{self.workflow}: {self.member}"
