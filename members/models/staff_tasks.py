"""A piece of work for a person on the staff, such as calling a member."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.members import Member


class StaffTask(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        IN_PROGRESS = "in_progress", _("In progress")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    class Priority(models.TextChoices):
        LOW = "low", _("Low")
        MEDIUM = "medium", _("Medium")
        HIGH = "high", _("High")

    class Kind(models.TextChoices):
        TASK = "task", _("Task")
        IN_PERSON = "in_person", _("Say it in person")

    OPEN = (Status.PENDING, Status.IN_PROGRESS)

    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="staff_tasks")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="staff_tasks")
    kind = models.CharField(
        max_length=9, choices=Kind.choices, default=Kind.TASK, db_default=Kind.TASK.value, editable=False
    )
    description = models.CharField(max_length=300)
    words = models.TextField(_("what to say"), blank=True, default="", db_default="", editable=False)
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.MEDIUM)
    due_on = models.DateField(_("due"))
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="staff_tasks"
    )
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.PENDING)
    note = models.TextField(blank=True, help_text=_("What came of it."))
    cause = models.CharField(
        max_length=160, blank=True, editable=False, help_text=_("What opened it, so that it is opened once.")
    )
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "cause"], condition=~models.Q(cause=""), name="staff_task_once_per_cause"
            ),
        ]
        indexes = [
            models.Index(fields=["club", "status", "due_on"], name="staff_task_club_open"),
            models.Index(fields=["due_on", "id"], name="staff_task_due"),
            models.Index(
                fields=["club", "due_on"],
                condition=models.Q(kind="in_person", status__in=["pending", "in_progress"]),
                name="staff_task_in_person",
            ),
        ]

    def __str__(self) -> str:
        return self.description
