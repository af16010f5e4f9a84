"""How fixtures name a row: by its club and what the club calls it, never by a key of the database."""

from typing import Any, ClassVar, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class ByNameInClub(models.Manager[Row]):
    def get_by_natural_key(self, club: str, name: str) -> Row:
        return self.get(**{"club__slug": club, self.model.named_by: name})  # type: ignore[attr-defined]


class NamedInClub(models.Model):
    """A row of a club with a field, `named_by`, that is unique in it; its `objects` are `ByNameInClub`."""

    named_by: ClassVar[str] = "external_id"

    class Meta:
        abstract = True

    def natural_key(self) -> tuple[Any, ...]:
        return (self.club.slug, getattr(self, self.named_by))  # type: ignore[attr-defined]

    natural_key.dependencies = ["members.club"]  # type: ignore[attr-defined]
