"""Lists that stay quick however long they grow: counted up to a bound, paged up to it, sorted only by what an index serves."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Page, Paginator
from django.db import connections, models
from django.db.models.expressions import OrderBy
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from unfold.views import ChangeList

from members.models.compiled import Among, sql_of

MOST = 10_000
"""Rows that a list counts."""

MOST_PAGES = 15
"""Of a list of more than that; who looks for older ones asks for them by a filter."""

TOO_LONG = 19
"""Digits of a number that a filter is asked for; the databases refuse to compare a key with it."""


class MoreThan(int):
    """A count that stopped at its bound, and says so wherever it is shown."""

    def __str__(self) -> str:
        return _("more than %(number)s") % {"number": f"{int(self):,}"}


class BoundedPaginator(Paginator):
    """Never looks at more than `MOST` rows to count them, nor passes over more than an index gives in no time.

    Up to `MOST`, the rows are found once, however that comes cheapest, with what they are sorted by, and only then sorted;
    beyond, the first pages are read in the order of the index that serves it. Asked for both at once, by LIMIT and ORDER BY,
    the database guesses where few rows match, and may read the whole table backward to find them.
    """

    template_name = "admin/bounded_pagination.html"
    object_list: Any

    @cached_property
    def keys(self) -> list[Any]:
        """In their order; if there are more than `MOST`, of any of them."""
        return keys_in_order(self.object_list, MOST + 1)

    @cached_property
    def count(self) -> int:
        if not isinstance(self.object_list, models.QuerySet):
            return len(self.object_list)
        return MoreThan(MOST) if len(self.keys) > MOST else len(self.keys)

    @property
    def is_cut_off(self) -> bool:
        return isinstance(self.count, MoreThan)

    @cached_property
    def num_pages(self) -> int:
        return min(super().num_pages, MOST_PAGES) if self.is_cut_off else super().num_pages

    def validate_number(self, number: Any) -> int:
        """A page beyond the last is the last."""
        try:
            return max(1, min(int(number), self.num_pages))
        except (TypeError, ValueError):
            return 1

    def page(self, number: Any) -> Page[Any]:
        number = self.validate_number(number)
        if not isinstance(self.object_list, models.QuerySet):
            return super().page(number)
        bottom = (number - 1) * self.per_page
        keys = self.object_list.values_list("pk", flat=True) if self.is_cut_off else self.keys
        keys = list(keys[bottom : bottom + self.per_page])
        # Only the page's own rows are joined with what they show.
        return Page(self._named(keys), number, self)

    def everything(self) -> models.QuerySet[Any]:
        """All rows where they fit on one page."""
        return self._named(self.keys)

    def _named(self, keys: list[Any]) -> models.QuerySet[Any]:
        """The rows of these keys, which were found by what was asked: it need not be asked of each again."""
        rows = self.object_list.all()
        rows.query.clear_where()
        has_numbers = isinstance(rows.model._meta.pk, models.AutoField)
        return rows.filter(Among("pk", keys) if has_numbers else models.Q(pk__in=keys))


def keys_in_order(rows: models.QuerySet[Any], at_most: int) -> list[Any]:
    """The keys of these rows, found in any order and sorted afterwards; of some of them if there are more."""
    default = rows.model._meta.ordering if rows.query.default_ordering else ()
    orders = [_order(each) for each in rows.query.order_by or default]
    sorts = {f"sort_{place}": order.expression for place, order in enumerate(orders)}
    connection = connections[rows.db]
    found = rows.order_by().annotate(found=models.F("pk"), **sorts).values_list("found", *sorts)[:at_most]
    asked = sql_of(found, connection)
    if asked is None:
        return []
    sql, params = asked
    # In a FROM of its own, where the limit comes before the sort.
    sql = f"SELECT found FROM ({sql}) AS found_first"  # noqa: S608
    if orders:
        ways = ("DESC" if order.descending else "ASC" for order in orders)
        sql += f" ORDER BY {', '.join(f'{name} {way}' for name, way in zip(sorts, ways, strict=True))}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [key for (key,) in cursor.fetchall()]


def _order(asked: Any) -> OrderBy:
    if isinstance(asked, str):
        return OrderBy(models.F(asked.removeprefix("-")), descending=asked.startswith("-"))
    return asked if isinstance(asked, OrderBy) else OrderBy(asked)


def sorts_served(model: type[models.Model], within: str = "") -> set[str] | None:
    """The fields by which an index gives the rows in order; of one club if `within` names the way to it.

    None, for any, where the table is so small that it has no index of its own.
    """
    if not model._meta.indexes:
        return None
    orders = [index.fields for index in model._meta.indexes if index.condition is None]
    orders += [
        list(constraint.fields)
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None
    ]
    served = {"pk", "id"}
    for fields in orders:
        names = [field.lstrip("-") for field in fields]
        served |= set(names[:1]) | (set(names[1:2]) if names[0] == within else set())
    return {name for name in served if name == "pk" or _tells_apart(model._meta.get_field(name))}


def _tells_apart(field: Any) -> bool:
    # To sort by a relation is to sort by what it points to, in another table; by one of a few values, which a filter offers
    # as well, to sort all the rows that share the first.
    return not field.is_relation and not field.choices


class BoundedChangeList(ChangeList):
    """Django's list of rows, with the bounds above."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.sorts = next(given for given in args if isinstance(given, Paged)).sorts_for(request)
        super().__init__(request, *args, **kwargs)
        self.sortable_by: Any = [name for name in self.sortable_by or () if self.get_ordering_field(name)]

    def get_filters_params(self, params: Any = None) -> Any:
        asked = super().get_filters_params(params)
        if any(len(value) >= TOO_LONG and value.isdecimal() for each in asked.values() for value in each):
            raise IncorrectLookupParameters
        return asked

    def get_ordering_field(self, field_name: Any) -> Any:
        field = super().get_ordering_field(field_name)
        is_served = self.sorts is None or (isinstance(field, str) and field.lstrip("-") in self.sorts)
        return field if is_served else None

    def get_ordering(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> list[Any]:
        """Rows alike follow the way of the rest, as an index has them; Django would turn them round."""
        first, *others = super().get_ordering(request, queryset)
        if others and others[-1] == "-pk" and isinstance(first, str) and not first.startswith("-"):
            others[-1] = "pk"
        return [first, *others]

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> models.QuerySet[Any]:
        rows = super().get_queryset(request, exclude_parameters)
        return self.model_admin.within_clubs(request, rows) if self.has_active_filters else rows

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.multi_page:
            self.result_list = self.paginator.everything()
        self.page_num: int = self.paginator.validate_number(self.page_num)
        self.model_admin.dress(request, self.result_list)


class Paged:
    """For every admin: its list is bounded."""

    paginator: Any = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedChangeList

    def sorts_for(self, request: HttpRequest) -> set[str] | None:
        return sorts_served(self.model)  # type: ignore[attr-defined]

    def within_clubs(self, request: HttpRequest, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """The same rows, found by the indexes that begin with the club."""
        return rows

    def dress(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Give the rows of one page what their columns show, in a constant number of queries."""
