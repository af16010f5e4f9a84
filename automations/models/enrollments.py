"""A member on her way through a workflow, and each step taken for her."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from automations.models.workflow_runs import WorkflowRun
from automations.models.workflows import Step, Workflow
from members.models import Member, StaffTask
from messaging.models import Message


class Enrollment(models.Model):
    """One member, one workflow, one occurrence: never twice."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Under way")
        DONE = "done", _("Done")
        EXITED = "exited", _("Ended early")

    workflow = models.ForeignKey(
        Workflow, on_delete=models.PROTECT, db_index=False, related_name="enrollments"
    )
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False, related_name="enrollments")
    occurrence = models.CharField(max_length=60, help_text=_("Names the event, such as absence:2025-08-25."))
    run = models.ForeignKey(WorkflowRun, on_delete=models.PROTECT, db_index=False, related_name="enrollments")
    enrolled_at = models.DateTimeField(_("since"))
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.ACTIVE)
    step = models.ForeignKey(
        Step, on_delete=models.SET_NULL, null=True, blank=True, help_text=_("The next step.")
    )
    position = models.PositiveSmallIntegerField(
        default=0, help_text=_("Where it stands, should its step be deleted.")
    )
    arrived_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_("Since when they stand before the next step; empty at the first."),
    )
    due_at = models.DateTimeField(_("next step due"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(max_length=30, blank=True)
    goal_reached_at = models.DateTimeField(_("goal reached"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "workflow", "occurrence"], name="enrollment_once_per_occurrence"
            )
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(status="active"), name="enrollment_due"),
            models.Index(fields=["member", "workflow", "enrolled_at"], name="enrollment_cooldown"),
            models.Index(fields=["run", "member"], name="enrollment_run"),
            models.Index(fields=["workflow", "enrolled_at"], name="enrollment_of_workflow"),
            models.Index(fields=["workflow", "status", "id"], name="enrollment_log"),
            models.Index(
                fields=["workflow", "enrolled_at"],
                condition=Q(end_reason="control"),
                name="enrollment_left_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.workflow}"


class StepRun(models.Model):
    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        SKIPPED = "skipped", _("Skipped")
        FAILED = "failed", _("Failed")
        MISSED = "missed", _("Missed")

    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.CASCADE, db_index=False, related_name="step_runs"
    )
    step = models.ForeignKey(Step, on_delete=models.SET_NULL, null=True, related_name="step_runs")
    position = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=40)
    ran_at = models.DateTimeField(_("when"))
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    reason = models.CharField(max_length=30, blank=True)
    error = models.TextField(blank=True)
    detail = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text=_("What came of it.")
    )
    variant = models.CharField(
        max_length=1, blank=True, default="", db_default="", help_text=_("Which of several wordings.")
    )
    message = models.OneToOneField(Message, on_delete=models.SET_NULL, null=True, related_name="step_run")
    staff_task = models.ForeignKey(StaffTask, on_delete=models.SET_NULL, null=True, related_name="step_runs")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "step"], name="step_run_once_per_enrollment")
        ]
        indexes = [
            models.Index(
                fields=["outcome", "id"],
                condition=Q(outcome__in=["skipped", "failed", "missed"]),
                name="step_run_log",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}, step {self.position}: {self.get_outcome_display()}"
