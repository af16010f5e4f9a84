"""An alert: something went wrong that people are told of once, from when it began until it was over and quiet."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Club


class Alert(models.Model):
    """One incident. While it is open, finding the same thing again only moves `seen_at`."""

    class Kind(models.TextChoices):
        JOB_LATE = "job_late", _("A job is late")
        QUEUE_LAG = "queue_lag", _("A queue lags behind")
        REFUSALS = "refusals", _("A provider refuses many")
        RUN_HELD = "run_held", _("A run waits for a person")
        PAUSED = "paused", _("A workflow was paused")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.CharField(max_length=60, help_text=_("The job, the queue, the channel or the workflow."))
    club = models.ForeignKey(
        Club,
        on_delete=models.CASCADE,
        null=True,
        related_name="alerts",
        help_text=_("None where it concerns the whole installation."),
    )
    numbers = models.JSONField(default=dict, help_text=_("What was measured last."))
    opened_at = models.DateTimeField(_("since"))
    seen_at = models.DateTimeField(_("last seen"))
    told_at = models.DateTimeField(_("mailed"), null=True)
    resolved_at = models.DateTimeField(_("over"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Two, since no club is no equal of itself.
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(resolved_at=None, club=None),
                name="alert_open_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject", "club"],
                condition=Q(resolved_at=None),
                name="alert_open_once_per_club",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"
