"""The list's filter by follow-up status, which says of each how many have it."""

from collections.abc import Iterator
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import IntegerField, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from members.admin.paging import MOST, MoreThan
from members.admin.scoping import visible_club_ids
from members.models import Club, FollowUpStatus, Member


class _Number(Subquery):
    """How many rows a query gives."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) few)"
    output_field = IntegerField()


class StatusFilter(ChoicesDropdownFilter):
    """Counts of the clubs that this person sees, or of the one chosen, whatever else is asked for."""

    def __init__(self, field: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(field, request, *args, **kwargs)
        self.request = request
        self.title = _("follow-up status")

    def choices(self, changelist: Any) -> Iterator[Any]:
        # Whoever asks for the counts of what is filtered sees those.
        numbers = {} if changelist.add_facets else numbers_by_status(self._clubs())
        for part in super().choices(changelist):
            field = part["form"].fields[self.lookup_kwarg]
            field.choices = [
                (value, f"{label} ({numbers[value]})" if value in numbers else label)
                for value, label in field.choices
            ]
            yield part

    def _clubs(self) -> list[int]:
        clubs = visible_club_ids(self.request)
        return [pk for pk in clubs if str(pk) == self.request.GET.get("club__id__exact")] or clubs


def numbers_by_status(clubs: list[int]) -> dict[str, str]:
    """How many members of these clubs have each status, in one query that looks at no more than a list's bound of each."""
    if not clubs:
        return {}
    counts = {}
    for status in FollowUpStatus.values:
        found = Member.objects.filter(club__in=clubs, follow_up_status=status).order_by()
        counts[f"number_{status}"] = _Number(found.values("pk")[: MOST + 1])
    row: Any = Club.objects.filter(pk=clubs[0]).annotate(**counts).values_list(*counts).get()
    return {
        status: str(MoreThan(MOST)) if number > MOST else intcomma(number)
        for status, number in zip(FollowUpStatus.values, row, strict=True)
    }
