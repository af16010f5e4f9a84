"""Where the short links of texts lead, and how often each was followed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.models.messages import Message


class MessageLink(models.Model):
    """One link of one message. Its target was in the words of the club; it is never taken from a request."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="links")
    token = models.CharField(max_length=24, unique=True)
    target = models.CharField(max_length=2000)
    clicks = models.PositiveIntegerField(default=0, help_text=_("By people, as far as can be told."))
    previews = models.PositiveIntegerField(default=0, help_text=_("By phones and programs that look ahead."))

    def __str__(self) -> str:
        return self.token
