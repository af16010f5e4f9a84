"""A workflow and its steps."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from members.models import Club
from members.models.natural_keys import ByNameInClub, NamedInClub
from messaging.models import Message

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


class Workflow(NamedInClub):
    """When something happens (the trigger), these steps are taken for each member concerned."""

    class Category(models.TextChoices):
        RETENTION = "retention", _("Coming back")
        ONBOARDING = "onboarding", _("First weeks")
        FOLLOW_UP_STATUS = "follow_up_status", _("Follow-up status")
        PAYMENTS = "payments", _("Payments and agreements")
        BOOKINGS = "bookings", _("Bookings")
        MILESTONES = "milestones", _("Milestones")
        DOCUMENTS = "documents", _("Documents")

    named_by = "slug"

    club = models.ForeignKey(Club, on_delete=models.PROTECT, related_name="workflows")
    slug = models.SlugField(_("short name"))
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)
    category = models.CharField(
        max_length=16, choices=Category.choices, blank=True, default="", db_default=""
    )
    is_enabled = models.BooleanField(_("on"), default=False)
    trigger = models.CharField(max_length=40)
    trigger_params = models.JSONField(default=dict, blank=True)
    conditions = models.JSONField(
        default=dict, blank=True, help_text=_("Who of those found is followed up; everybody if empty.")
    )
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
    goal = models.CharField(
        max_length=20,
        blank=True,
        help_text=_("Whoever has done this takes no further step, and counts as a success."),
    )
    goal_days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("So many days after the last step it still counts as a success."),
    )
    in_person = models.BooleanField(
        default=False,
        help_text=_("Whoever comes anyway gets no message: the front desk is shown what to say."),
    )
    in_person_hours = models.PositiveSmallIntegerField(
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(168)],
        help_text=_("Booked a class that starts within so many hours, or was here today."),
    )

    control_percent = models.PositiveSmallIntegerField(
        _("left out to compare"),
        default=0,
        db_default=0,
        blank=True,
        validators=[MaxValueValidator(20)],
        help_text=_(
            "Of a hundred members who are due, so many get nothing, always the same ones, to see who comes back by themselves. 0 to 20."
        ),
    )
    priority = models.PositiveSmallIntegerField(
        choices=Message.Priority.choices,
        default=Message.Priority.NORMAL,
        help_text=_("Of several messages that were held back, those of the higher priority leave first."),
    )
    is_capped = models.BooleanField(
        _("counts for the limit per member"),
        default=True,
        help_text=_(
            "Off for what a member has to be told whatever else they got, such as a receipt: it is neither held back "
            "by the club's limit nor counted."
        ),
    )
    fuse_times = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(2), MaxValueValidator(100)],
        help_text=_("A run of more than so many times the usual number of members waits for a person."),
    )
    fuse_first = models.PositiveIntegerField(
        default=500,
        validators=[MinValueValidator(1)],
        help_text=_("Before anything is usual, a run of more than so many members waits for a person."),
    )
    paused_at = models.DateTimeField(_("paused"), null=True, editable=False)
    paused_because = models.JSONField(default=dict, editable=False, help_text=_("What was counted."))
    resumed_at = models.DateTimeField(
        null=True, editable=False, help_text=_("Messages before then do not count against it any more.")
    )

    history = HistoricalRecords()
    objects = ByNameInClub["Workflow"]()

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

    def clean(self) -> None:
        """Refuse a trigger, a goal or conditions that do not exist or do not fit their forms."""
        from automations.conditions import refuse_unfit
        from automations.goals import GOALS
        from automations.triggers import TRIGGERS

        if self.goal:
            _fits(GOALS, self.goal, {}, None, "goal")
        _fits(TRIGGERS, self.trigger, self.trigger_params, self.club if self.club_id else None, "trigger")
        if self.conditions and self.club_id:
            try:
                refuse_unfit(self.conditions, self.club)
            except ValidationError as refused:
                raise ValidationError({"conditions": refused.messages}) from refused

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

    class Weekday(models.IntegerChoices):
        """As the calendar of Python counts them."""

        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

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
    at_weekday = models.PositiveSmallIntegerField(
        _("on the next"),
        choices=Weekday.choices,
        null=True,
        blank=True,
        help_text=_("On the first such day from then on, at the hour above; on any day if empty."),
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
        constraints = [
            models.CheckConstraint(
                condition=Q(at_weekday=None) | Q(at_time__isnull=False),
                name="step_on_a_weekday_at_an_hour",
                violation_error_message=_("Say the hour as well, such as Tuesday at 09:00."),
            ),
            models.CheckConstraint(
                condition=Q(at_weekday=None) | Q(at_weekday__lte=6), name="step_weekday_known"
            ),
        ]

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
