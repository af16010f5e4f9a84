"""What became of a club's messages, counted by the day on which each was written, so that nobody counts millions to read it."""

from django.db import models
from django.db.models import Q

from members.models import Club
from messaging.models.templates import Channel, MessageTemplate


class OutcomeDay(models.Model):
    """The messages that one club wrote on one of its own days, of one channel, origin, template and variant; each day is counted
    anew as a whole, so that nothing is ever counted twice.
    """

    club = models.ForeignKey(Club, on_delete=models.CASCADE, db_index=False, related_name="+")
    day = models.DateField()
    channel = models.CharField(max_length=8, choices=Channel.choices)
    origin = models.CharField(max_length=60)
    template = models.ForeignKey(
        MessageTemplate, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+"
    )
    template_number = models.BigIntegerField(default=0)
    """The template's id, 0 without one: kept when the template is deleted, and part of what is unique."""

    variant = models.CharField(max_length=1, default="", db_default="")
    """Which of several wordings; empty where none are compared."""

    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    clicked = models.PositiveIntegerField(default=0)
    replied = models.PositiveIntegerField(default=0)
    opted_out = models.PositiveIntegerField(default=0)
    came_back = models.PositiveIntegerField(default=0)
    parts = models.PositiveIntegerField(default=0)
    billed = models.PositiveIntegerField(default=0)
    """How many of them have a price."""
    cost = models.BigIntegerField(default=0)
    """In millionths of a US dollar."""
    reasons = models.JSONField(default=dict)
    """How many did not arrive, by the reason's code."""
    counted_at = models.DateTimeField()
    edition = models.PositiveSmallIntegerField(default=0, db_default=0)
    """The way of counting; a day that was counted in an earlier one is counted anew."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["club", "day", "channel", "origin", "template_number", "variant"],
                name="outcome_day_once",
            ),
            models.CheckConstraint(condition=Q(cost__gte=0), name="outcome_day_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.day}, {self.origin}"
