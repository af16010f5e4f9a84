"""What a provider told us and nobody could make sense of, kept until somebody can; and how far its log was read."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """One notification that was received, could not be acted on, and must not be lost. Those that were are not kept."""

    class Problem(models.TextChoices):
        UNREADABLE = "unreadable", _("It could not be read")
        FOREIGN = "foreign", _("It is of a topic that is not set up")
        UNMATCHED = "unmatched", _("It is about a message that is not known here")
        FAILED = "failed", _("Taking it in went wrong")

    key = models.CharField(
        max_length=64, unique=True, help_text=_("The provider's own number for it, or a digest of its words.")
    )
    topic = models.CharField(max_length=300, blank=True)
    kind = models.CharField(
        max_length=40, blank=True, help_text=_("What it is about, as the provider calls it.")
    )
    body = models.TextField(help_text=_("As it was received."))
    problem = models.CharField(max_length=10, choices=Problem.choices)
    detail = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField(_("received"))
    tries = models.PositiveSmallIntegerField(default=1)
    next_try_at = models.DateTimeField(null=True, help_text=_("When it is tried again by itself."))

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name = _("unexplained notice")
        verbose_name_plural = _("unexplained notices")
        indexes = [
            models.Index(fields=["received_at", "id"], name="notice_received"),
            models.Index(
                fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="notice_next_try"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind or _('Notice')} {self.pk}"


CANNOT_BE_HELPED = Q(problem=Notice.Problem.UNMATCHED, next_try_at=None)
"""About a message that is not known here, and tried for long enough; what else is wrong waits for a person to mend it."""


class ReceiptCursor(models.Model):
    """Up to where one group of the delivery log was read."""

    group = models.CharField(max_length=512, unique=True)
    read_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.group
