"""How many messages came to which result so far, by channel; grows with each minute's, so that nobody counts millions."""

from django.db import models

from messaging.models.templates import Channel


class MessageTally(models.Model):
    channel = models.CharField(max_length=8, choices=Channel.choices)
    result = models.CharField(max_length=8)
    number = models.BigIntegerField(default=0)
    counted_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "result"], name="message_tally_once_per_result")
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}, {self.result}"
