"""Who of those who share a phone or an e-mail address gets what one step sends to all of them."""

from django.db import models

from messaging.models.messages import Message


class AddressTurn(models.Model):
    """One address, one step, one day: the message that went there. The first to leave takes it, for good."""

    key = models.CharField(max_length=64, unique=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="address_turns")
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
