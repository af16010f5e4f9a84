"""Addresses that a club must not write to, because the provider said so."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Club
from members.models.members import E164
from members.rules.phones import international
from messaging.models.templates import Channel


class Suppression(models.Model):
    class Cause(models.TextChoices):
        OPTED_OUT = "opted_out", _("Opted out at the carrier")
        BOUNCED = "bounced", _("Bounced for good")
        COMPLAINED = "complained", _("Marked as spam")
        BY_HAND = "by_hand", _("Entered by staff")

    club = models.ForeignKey(Club, on_delete=models.CASCADE, db_index=False, related_name="suppressions")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.CharField(max_length=254, help_text=_("A phone number or an e-mail address."))
    cause = models.CharField(max_length=10, choices=Cause.choices)
    detail = models.CharField(max_length=300, blank=True, help_text=_("What the provider said."))
    suppressed_at = models.DateTimeField(_("since"))

    class Meta:
        ordering = ["-suppressed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "channel", "address"],
                name="suppression_once_per_address",
                violation_error_message=_("This address is already on the list."),
            )
        ]

    def clean(self) -> None:
        """Bring the address into the form in which members have it; refuse what could not be one."""
        self.address = self.address.strip().lower()
        if self.channel in (Channel.SMS, Channel.WHATSAPP):
            self.address = international(self.address)
            if not re.match(E164, self.address):
                raise ValidationError({"address": _("Write the number like +41791234567.")})
        elif self.channel == Channel.EMAIL:
            try:
                validate_email(self.address)
            except ValidationError as refused:
                raise ValidationError({"address": refused.messages}) from refused

    def save(self, **kwargs: Any) -> None:
        self.address = self.address.lower()
        super().save(**kwargs)

    def __str__(self) -> str:
        return f"{self.address} ({self.get_cause_display()})"
