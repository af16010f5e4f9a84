"""How fixtures name a row: by its club and the club's own ID of it, never by a key of the database."""

from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class ByClubAndId(models.Manager[Row]):
    def get_by_natural_key(self, club: str, external_id: str) -> Row:
        return self.get(club__slug=club, external_id=external_id)


class NamedByClubAndId(models.Model):
    """A row of a club with an `external_id` that is unique in it."""

    class Meta:
        abstract = True

    def natural_key(self) -> tuple[Any, ...]:
        return (self.club.slug, self.external_id)  # type: ignore[attr-defined]

    natural_key.dependencies = ["members.club"]  # type: ignore[attr-defined]
