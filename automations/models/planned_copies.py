"""What a person said about one message that a step has yet to write: other words for it, or to hold it back."""

from django.conf import settings
from django.db import models

from automations.models.enrollments import Enrollment
from automations.models.workflows import Step
from messaging.models import Channel


class PlannedCopy(models.Model):
    """Goes over to the message once the step is taken."""

    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.CASCADE, db_index=False, related_name="planned_copies"
    )
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="planned_copies")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    own_words = models.JSONField(null=True)
    is_held = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "step"], name="planned_copy_once_per_step")
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}, {self.step}"
