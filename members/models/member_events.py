"""Something that happened with a member and that no other table knows, such as what a workflow noted down."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.clubs import Club
from members.models.members import Member


class MemberEvent(models.Model):
    club = models.ForeignKey(Club, on_delete=models.PROTECT, db_index=False, related_name="member_events")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False, related_name="events")
    what = models.CharField(max_length=100)
    detail = models.CharField(max_length=500, blank=True)
    happened_at = models.DateTimeField(_("when"))
    cause = models.CharField(
        max_length=160, blank=True, editable=False, help_text=_("What noted it, so that it is noted once.")
    )

    class Meta:
        verbose_name = _("event")
        ordering = ["-happened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "cause"], condition=~Q(cause=""), name="member_event_once_per_cause"
            )
        ]
        indexes = [models.Index(fields=["member", "happened_at"], name="member_event_of_member")]

    def __str__(self) -> str:
        return self.what
