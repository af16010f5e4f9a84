"""Each time a scheduled job ran: when, how long, how much, and what went wrong; and what all runs add up to."""

from django.db import models
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    class Status(models.TextChoices):
        QUEUED = "queued", _("Asked for")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")

    name = models.CharField(max_length=60)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.RUNNING)
    by_hand = models.BooleanField(default=False, help_text=_("A person asked for it."))
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    records = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(by_hand=True, status__in=["queued", "running"]),
                name="job_run_one_by_hand",
            )
        ]
        indexes = [
            models.Index(fields=["name", "-id"], name="job_run_latest"),
            # The last that has begun, of each job; without the condition in it the database would look through all runs.
            models.Index(fields=["name", "-id"], condition=~Q(status="queued"), name="job_run_begun"),
            models.Index(
                fields=["status", "id"], condition=Q(status__in=["running", "failed"]), name="job_run_status"
            ),
        ]

    def __str__(self) -> str:
        return capfirst(self.name.replace("_", " "))

    @property
    def seconds(self) -> float | None:
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


class JobTally(models.Model):
    """What all runs of a job add up to, also those that are forgotten by now: only ever grows."""

    class Kind(models.TextChoices):
        RUNS = "runs", _("Runs by how they ended")
        TIME = "time", _("Milliseconds in all")
        DONE = "done", _("What the runs counted")

    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    what = models.CharField(max_length=60)
    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "kind", "what"], name="job_tally_once_per_count")
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.what}"
