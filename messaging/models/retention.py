"""How far the words of old messages are deleted, so that each run goes on where the last one stopped."""

from django.db import models

from members.models import Club


class WordsBlanked(models.Model):
    club = models.OneToOneField(
        Club, on_delete=models.CASCADE, primary_key=True, related_name="words_blanked"
    )
    until = models.DateTimeField()
    with_addresses = models.BooleanField()

    def __str__(self) -> str:
        return str(self.club)
