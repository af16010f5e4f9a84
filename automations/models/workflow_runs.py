"""Each time a workflow was run over its club."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from automations.models.workflows import Workflow

WAITS_FOR_A_PERSON = Q(held_at__isnull=False, decided_at=None)
"""Of a run."""


class WorkflowRun(models.Model):
    """One time that a workflow asked its question. A whole run accounts for every member of the club exactly once."""

    class Kind(models.TextChoices):
        DAILY = "daily", _("Daily check")
        BY_HAND = "by_hand", _("By hand")
        IMMEDIATE = "immediate", _("At once, for those who changed")
        MANY = "many", _("At once, since many changed")

    WHOLE = (Kind.DAILY, Kind.BY_HAND, Kind.MANY)
    """The kinds that ask about the whole club."""

    class Verdict(models.TextChoices):
        """What a person said of a run that was held."""

        GO = "go", _("Let go")
        CANCEL = "cancel", _("Canceled")

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, db_index=False, related_name="runs")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    as_of = models.DateTimeField(_("as of"))
    checked_on = models.DateField(_("day"), help_text=_("The day in the club's zone."))
    # The real clock, whatever instant the run is as of: this is about whether somebody is still at it.
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    reached_id = models.BigIntegerField(
        default=0, help_text=_("Every member up to this id is accounted for.")
    )
    rule = models.JSONField(
        default=dict,
        help_text=_("What was asked: the log explains a run by its own rule, not by a later one."),
    )
    counts = models.JSONField(default=dict, help_text=_("Members by reason."))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )
    enrolled = models.PositiveIntegerField(
        null=True, help_text=_("How many were followed up by it and since the whole run before it.")
    )
    size = models.PositiveIntegerField(
        null=True, help_text=_("How many it would follow up at most, weighed before it did anything.")
    )
    usual_size = models.PositiveIntegerField(
        null=True, help_text=_("How many that usually are; none if nothing is usual yet.")
    )
    held_at = models.DateTimeField(_("held"), null=True, help_text=_("Since when it waits for a person."))
    verdict = models.CharField(max_length=6, choices=Verdict.choices, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    released_from = models.OneToOneField(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        related_name="released_as",
        help_text=_("The held run that somebody let go, which this one carries out."),
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["workflow", "kind", "id"], name="workflow_run_log")]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "checked_on"], condition=Q(kind="daily"), name="workflow_run_once_a_day"
            ),
            models.UniqueConstraint(
                fields=["workflow"],
                condition=WAITS_FOR_A_PERSON,
                name="workflow_run_one_held",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workflow}, {self.as_of:%Y-%m-%d %H:%M} UTC"
