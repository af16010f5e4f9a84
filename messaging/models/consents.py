"""Who said yes or no to a channel, and for what, when, how and in which words; never changed, only added to."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Club, Member
from messaging.models.templates import Category, Channel


class ConsentRecord(models.Model):
    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, db_index=False, related_name="consent_records"
    )
    channel = models.CharField(max_length=8, choices=Channel.choices)
    category = models.CharField(
        _("for what"),
        max_length=9,
        choices=Category.choices,
        blank=True,
        default="",
        db_default="",
        help_text=_("Everything on this channel if empty."),
    )
    is_granted = models.BooleanField(_("agreed"), help_text=_("No means that the member opted out."))
    recorded_at = models.DateTimeField(_("when"))
    source = models.CharField(
        _("how"), max_length=50, help_text=_("For example: front desk, import, unsubscribe link.")
    )
    words = models.TextField(blank=True, help_text=_("What the member agreed to or wrote, word for word."))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        db_index=False,
        related_name="+",
        help_text=_("Who of the staff wrote it down; nobody if the member did."),
    )
    club = models.ForeignKey(
        Club, on_delete=models.CASCADE, null=True, editable=False, db_index=False, related_name="+"
    )
    external_id = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("Where another system told of it: its own number for it in this club."),
    )

    class Meta:
        ordering = ["-recorded_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "external_id"],
                condition=~models.Q(external_id=""),
                name="consent_external_id_unique_in_club",
            )
        ]
        indexes = [
            models.Index(fields=["member", "channel", "-recorded_at", "-id"], name="consent_latest"),
            models.Index(fields=["recorded_at", "id"], name="consent_log"),
            # With the member, so that whoever ever said no is told by the index alone.
            models.Index(
                fields=["channel", "is_granted", "recorded_at", "id"],
                include=["member"],
                name="consent_log_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.get_channel_display()} {'yes' if self.is_granted else 'no'}"
