"""A workflow, its steps, and each time it was run over its club."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from members.models import Club

if TYPE_CHECKING:
    from automations.blocks import Registry


def _fits(
    registry: "Registry[Any]", kind: str, params: dict[str, Any], club: Club | None, field: str
) -> None:
    try:
        registry[kind].clean(params, club)
    except LookupError as unknown:
        raise ValidationError({field: str(unknown)}) from unknown
    except ValidationError as refused:
        raise ValidationError({field: refused.messages}) from refused


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    def get_by_natural_key(self, club: str, slug: str) -> "Workflow":
        return self.get(club__slug=club, slug=slug)


class Workflow(models.Model):
    """When something happens (the trigger), these steps are taken for each member concerned."""

    club = models.ForeignKey(Club, on_delete=models.PROTECT, related_name="workflows")
    slug = models.SlugField()
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)
    is_enabled = models.BooleanField(_("on"), default=False)
    trigger = models.CharField(max_length=40)
    trigger_params = models.JSONField(default=dict, blank=True)
    cooldown_days = models.PositiveSmallIntegerField(
        default=7,
        validators=[MaxValueValidator(3650)],
        help_text=_("A member is followed up by this workflow at most once in so many days."),
    )
    patience_hours = models.PositiveSmallIntegerField(
        default=72,
        validators=[MinValueValidator(1)],
        help_text=_(
            "What could not be done so many hours after it was due is recorded as missed, not done late."
        ),
    )

    history = HistoricalRecords()
    objects = WorkflowQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "slug"],
                name="workflow_slug_unique_in_club",
                violation_error_message=_("This club has a workflow with this short name."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[Any, ...]:
        return (self.club.slug, self.slug)

    natural_key.dependencies = ["members.club"]  # type: ignore[attr-defined]

    def clean(self) -> None:
        """Refuse a trigger that does not exist or whose parameters do not fit its form."""
        from automations.triggers import TRIGGERS

        _fits(TRIGGERS, self.trigger, self.trigger_params, self.club if self.club_id else None, "trigger")

    @property
    def patience(self) -> dt.timedelta:
        return dt.timedelta(hours=self.patience_hours)


class StepQuerySet(models.QuerySet["Step"]):
    def get_by_natural_key(self, club: str, workflow: str, position: int) -> "Step":
        return self.get(workflow__club__slug=club, workflow__slug=workflow, position=position)


class Step(models.Model):
    class Unit(models.TextChoices):
        MINUTES = "minutes", _("minutes")
        HOURS = "hours", _("hours")
        DAYS = "days", _("days")
        WEEKS = "weeks", _("weeks")

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    delay = models.PositiveSmallIntegerField(_("wait"), default=0, help_text=_("Before this step."))
    delay_unit = models.CharField(max_length=7, choices=Unit.choices, default=Unit.DAYS)
    at_time = models.TimeField(
        _("at"),
        null=True,
        blank=True,
        help_text=_("The hour on that day, in the member's time zone; at once if empty."),
    )
    action = models.CharField(max_length=40)
    action_params = models.JSONField(default=dict, blank=True)
    stops_on_failure = models.BooleanField(
        default=False, help_text=_("If it fails, the steps after it are not taken.")
    )

    history = HistoricalRecords()
    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.workflow}, step {self.position}"

    def clean(self) -> None:
        """Refuse an action that does not exist or whose parameters do not fit its form."""
        from automations.actions import ACTIONS

        _fits(
            ACTIONS,
            self.action,
            self.action_params,
            # Its workflow may not be saved yet.
            getattr(getattr(self, "workflow", None), "club", None),
            "action",
        )

    def natural_key(self) -> tuple[Any, ...]:
        return (*self.workflow.natural_key(), self.position)

    natural_key.dependencies = ["automations.workflow"]  # type: ignore[attr-defined]


class WorkflowRun(models.Model):
    """One time that a workflow asked its question. A whole run accounts for every member of the club exactly once."""

    class Kind(models.TextChoices):
        DAILY = "daily", _("Daily check")
        BY_HAND = "by_hand", _("By hand")
        IMMEDIATE = "immediate", _("At once, for those who changed")

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

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["workflow", "kind", "id"], name="workflow_run_log")]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "checked_on"], condition=Q(kind="daily"), name="workflow_run_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.workflow}, {self.as_of:%Y-%m-%d %H:%M} UTC"
