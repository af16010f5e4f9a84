"""What the cells of a file are judged by: the club's zone, its day and money, its staff and its own fields."""

import datetime as dt
import functools
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.contrib.auth import get_user_model
from django.db.models import Q

from members.models import Club, CustomField, Member

OWN = "custom."
"""Before the name of one of the club's own fields."""


class RefusedCell(ValueError):
    """The cell says nothing that could be stored; the message says why."""


@dataclass(frozen=True)
class Ground:
    """What cells are judged by: the club's zone, its day and money, and its staff by user name and e-mail."""

    zone: zoneinfo.ZoneInfo
    today: dt.date
    staff: Mapping[str, int | None]
    club: str = ""
    now: dt.datetime | None = None
    currency: str = ""
    club_id: int | None = None

    @functools.cached_property
    def own_fields(self) -> Mapping[str, str]:
        """The columns of the club's own fields, and of which type each is."""
        fields = CustomField.objects.filter(club=self.club_id).values_list("name", "type")
        return {f"{OWN}{name}": type for name, type in fields}

    def knows(self, column: str) -> bool:
        """Whether it is one of the club's own fields."""
        return column.startswith(OWN) and column in self.own_fields

    @classmethod
    def of(cls, club: Club, now: dt.datetime) -> "Ground":
        staff: dict[str, int | None] = {}
        # Whoever trains somebody here now stays her trainer, even without being on the staff any longer.
        people = get_user_model().objects.filter(
            Q(clubs=club)
            | Q(pk__in=Member.objects.filter(club=club, trainer__isnull=False).values("trainer"))
        )
        for pk, username, email in people.distinct().order_by("pk").values_list("pk", "username", "email"):
            for name in {username.lower(), email.lower()} - {""}:
                staff[name] = None if name in staff else pk
        return replace(cls.without_staff(club, now), staff=staff)

    @classmethod
    def without_staff(cls, club: Club, now: dt.datetime) -> "Ground":
        """For cells that name no person."""
        return cls(
            zone=club.zone,
            today=club.today(now),
            staff={},
            club=club.slug,
            now=now,
            currency=club.currency,
            club_id=club.pk,
        )
