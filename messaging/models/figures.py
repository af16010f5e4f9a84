"""Numbers that take long to count, counted ahead so that no page has to."""

from django.db import models


class Figure(models.Model):
    """One answer by its name, such as messages:7, and when it was counted. Written by the job that counts ahead alone."""

    name = models.CharField(max_length=60, unique=True)
    counts = models.JSONField()
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
