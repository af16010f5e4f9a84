"""Times in which a member is away by their own word, and workflows leave them in peace."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.members import Member


class Pause(models.Model):
    """From `starts_at` up to, and not including, `until`; over before that if somebody ended it. One at a time."""

    class Why(models.TextChoices):
        AWAY = "away", _("Away")
        HOLIDAY = "holiday", _("On holiday")
        INJURED = "injured", _("Injured")
        SICK = "sick", _("Sick")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False, related_name="pauses")
    why = models.CharField(max_length=7, choices=Why.choices, default=Why.AWAY)
    starts_at = models.DateTimeField(_("since"))
    until = models.DateTimeField(help_text=_("When the first day back begins, in the member's time zone."))
    source = models.CharField(_("how"), max_length=50)
    words = models.TextField(blank=True, help_text=_("What the member wrote, word for word."))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+"
    )

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(ended_at=None), name="pause_one_at_a_time"
            ),
            models.CheckConstraint(condition=Q(until__gt=F("starts_at")), name="pause_ends_after_it_starts"),
        ]
        indexes = [models.Index(fields=["member", "-starts_at"], name="pause_of_member")]

    def __str__(self) -> str:
        return f"{self.member}: {self.get_why_display()}"
