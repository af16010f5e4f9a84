"""What a workflow decided about a member and why, written when it changes and good until the next change."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from automations.models.workflow_runs import WorkflowRun
from automations.models.workflows import Workflow
from members.models import Member
from messaging.models import Channel


class Reason(models.TextChoices):
    """Why a member is or is not followed up; the first that applies, in this order."""

    ERASED = "erased", _("Erased on request")
    CANCELED = "canceled", _("Membership canceled")
    FROZEN = "frozen", _("Membership frozen")
    NEVER_ATTENDED = "never_attended", _("Never attended")
    ATTENDED_RECENTLY = "attended_recently", _("Attended recently")
    INACTIVE_RECURRING = "inactive_recurring", _("Left to a person")
    INACTIVE = "inactive", _("Away too long")
    OTHER_STATUS = "other_status", _("Another status")
    TOO_LONG_AGO = "too_long_ago", _("Too long ago")
    TOO_NEW = "too_new", _("Joined too recently")
    ACTIVE_ENOUGH = "active_enough", _("Comes often enough")
    LOW_RISK = "low_risk", _("Not at risk")
    NO_OCCASION = "no_occasion", _("No occasion")
    MISSED = "missed", _("Too late")
    UNFIT = "unfit", _("Does not fit the conditions")
    PAUSED = "paused", _("Away for a while")
    NO_ADDRESS = "no_address", _("No address")
    OPTED_OUT = "opted_out", _("Opted out")
    SUPPRESSED = "suppressed", _("Address suppressed")
    COOLDOWN = "cooldown", _("Already followed up")
    CONTROL = "control", _("Left out to compare")
    DUE = "due", _("Due")


class Decision(models.Model):
    """Holds for every whole run from `from_run` up to, and not including, `until_run` (open while it stands)."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, db_index=False, related_name="decisions")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False, related_name="decisions")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    channel = models.CharField(max_length=8, choices=Channel.choices, blank=True)
    occurrence = models.CharField(
        max_length=60, blank=True, help_text=_("The event it is about, where it leads to something.")
    )
    fact_at = models.DateTimeField(
        null=True, help_text=_("The instant that the reason counts from, such as the last visit.")
    )
    from_run = models.ForeignKey(
        WorkflowRun, on_delete=models.CASCADE, db_index=False, related_name="decisions_made"
    )
    until_run = models.ForeignKey(
        WorkflowRun, on_delete=models.CASCADE, db_index=False, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "member"],
                condition=Q(until_run=None),
                name="decision_one_stands_per_member",
            ),
            models.CheckConstraint(
                condition=Q(until_run=None) | Q(until_run__gt=F("from_run")),
                name="decision_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "workflow", "from_run"], name="decision_member_history"),
            models.Index(
                fields=["workflow", "reason"], condition=Q(until_run=None), name="decision_standing"
            ),
            models.Index(fields=["from_run", "reason"], name="decision_made_in_run"),
            models.Index(fields=["workflow", "reason", "id"], name="decision_log"),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.get_reason_display()}"
