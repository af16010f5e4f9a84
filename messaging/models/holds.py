"""What a person keeps back: one message, or all of a member's; who did it and who let it go stays."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Member
from messaging.models.messages import Message


class Hold(models.Model):
    """While it is open nothing that it is about leaves: the one message, or without one whatever the member would get."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False, related_name="holds")
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, db_index=False, related_name="holds"
    )
    held_at = models.DateTimeField(_("held"))
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("held by"),
    )
    until = models.DateTimeField(
        _("until"), null=True, help_text=_("It ends then by itself; empty until somebody lets it go.")
    )
    lifted_at = models.DateTimeField(_("let go"), null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("let go by"),
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(message__isnull=True, lifted_at__isnull=True),
                name="hold_one_open_per_member",
            ),
            models.UniqueConstraint(
                fields=["message"], condition=Q(lifted_at__isnull=True), name="hold_one_open_per_message"
            ),
        ]
        indexes = [
            models.Index(fields=["member"], condition=Q(lifted_at__isnull=True), name="hold_open"),
            models.Index(fields=["member", "-id"], name="hold_of_member"),
            models.Index(fields=["message"], name="hold_of_message"),
        ]

    def __str__(self) -> str:
        return str(self.message or self.member)
