"""How fast an account may send: one row per channel, shared by all workers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.models.templates import Channel


class SendingPace(models.Model):
    channel = models.CharField(max_length=8, choices=Channel.choices, primary_key=True)
    free_at = models.DateTimeField(help_text=_("The next instant at which nobody has reserved the account."))

    def __str__(self) -> str:
        return self.get_channel_display()
