"""A correction of what went out wrongly: to exactly those who got it, once each."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from automations.models.workflow_runs import WorkflowRun
from automations.models.workflows import Workflow
from members.models import Member
from messaging.models import Message, MessageTemplate


class Correction(models.Model):
    """Says something to each member whom messages of a run, or of a workflow since an instant, reached or may have."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="corrections")
    run = models.ForeignKey(WorkflowRun, on_delete=models.CASCADE, null=True, related_name="corrections")
    since = models.DateTimeField(
        null=True, help_text=_("Of the workflow's messages since then; empty for a run's.")
    )
    template = models.ForeignKey(MessageTemplate, on_delete=models.PROTECT, null=True, related_name="+")
    own_words = models.JSONField(
        null=True, help_text=_("Without a template: what is said by the way by which each was reached.")
    )
    token = models.UUIDField(
        unique=True, help_text=_("So that one answer to the question is one correction.")
    )
    made_at = models.DateTimeField(_("asked for"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+"
    )
    looked_at = models.DateTimeField(
        null=True, help_text=_("Whoever had got a message by then is told; later ones are still looked for.")
    )
    finished_at = models.DateTimeField(null=True, help_text=_("Since when nobody is looked for any more."))

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(run__isnull=False, since=None) | Q(run=None, since__isnull=False),
                name="correction_of_a_run_or_since",
            ),
            models.CheckConstraint(
                condition=Q(template__isnull=False, own_words=None)
                | Q(template=None, own_words__isnull=False),
                name="correction_by_template_or_words",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(finished_at=None), name="correction_unfinished"),
        ]

    def __str__(self) -> str:
        return str(_("Correction of “%(workflow)s”") % {"workflow": self.workflow})


class CorrectionRecipient(models.Model):
    correction = models.ForeignKey(
        Correction, on_delete=models.CASCADE, db_index=False, related_name="recipients"
    )
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    message = models.OneToOneField(Message, on_delete=models.SET_NULL, null=True, related_name="correction")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["correction", "member"], name="correction_once_per_member")
        ]

    def __str__(self) -> str:
        return f"{self.correction}: {self.member}"
