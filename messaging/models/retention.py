"""How far the words of old messages are deleted, so that each run goes on where the last one stopped."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Club
from messaging.models.messages import Message


class WordsBlanked(models.Model):
    club = models.OneToOneField(
        Club, on_delete=models.CASCADE, primary_key=True, related_name="words_blanked"
    )
    until = models.DateTimeField()
    with_addresses = models.BooleanField()
    waiting = models.ManyToManyField(
        Message,
        related_name="passed_by",
        verbose_name=_("still waiting"),
        help_text=_("Before `until`, with words that are still needed."),
    )

    def __str__(self) -> str:
        return str(self.club)
