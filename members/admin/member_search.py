"""A search that means members: they are looked up first, by their own index, and then the rows that are about them."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from members.models import Member
from members.rules.search import matching

MOST_MEMBERS = 300


class MemberSearch:
    """Understands `search_fields` that lead to a member, such as `member__first_name`, as a search for the member."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        fields = self.get_search_fields(request)  # type: ignore[attr-defined]
        if not search_term.strip() or not fields:
            return queryset, False
        if queryset.model is Member:
            return queryset.filter(matching(search_term)), False
        ways = {field.rpartition("__")[0] for field in fields}
        way = next((way for way in ways if way.rpartition("__")[2] == "member"), "")
        if not way:
            found, _may_repeat = super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
            return found, False
        wanted = Q(**{f"{way}__in": self._members(request, search_term)})
        if others := [field for field in fields if not field.startswith(f"{way}__")]:
            wanted |= _each_word(others, search_term)
        return queryset.filter(wanted), False

    def _members(self, request: HttpRequest, text: str) -> list[int]:
        """The first few hundred; more than that is no search for somebody."""
        own = self.admin_site._registry[Member].get_queryset(request).prefetch_related(None)  # type: ignore[attr-defined]
        found = own.filter(matching(text)).order_by().values_list("pk", flat=True)
        ids = list(found[: MOST_MEMBERS + 1])
        if len(ids) > MOST_MEMBERS:
            messages.info(
                request,
                _("More than %(number)s members fit; this shows some of them. Please write more of the name.")
                % {"number": MOST_MEMBERS},
                fail_silently=True,
            )
        return ids[:MOST_MEMBERS]


def _each_word(fields: list[str], text: str) -> Q:
    wanted = Q()
    for word in text.split():
        fits = Q()
        for field in fields:
            fits |= Q(**{f"{field}__icontains": word})
        wanted &= fits
    return wanted
