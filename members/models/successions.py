"""Rows that end, and others that take their place, from one query that is asked once."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.db import connections, models, router
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.lookups import In

from members.models.bulk import column_of, insert_from, update_from
from members.models.compiled import sql_of


def succeed_from(
    model: type[models.Model],
    rows: QuerySet[Any],
    *,
    ends: str,
    changes: Mapping[str, str],
    columns: Mapping[str, Any],
    only_for: Mapping[str, tuple[str, Sequence[str]]] = MappingProxyType({}),
) -> int:
    """As `update_from` for those of `rows` that name in `ends` a row of `model`, then `insert_from` for all; how many went in.

    A field of `only_for` is written where another one has one of those values, and empty otherwise; named among `columns`, the
    other's expression would be worked out once more for each row. PostgreSQL asks `rows` once for both. Elsewhere it is asked
    again after the first, and must still find the same.
    """
    connection = connections[router.db_for_write(model)]
    if connection.vendor != "postgresql":
        update_from(model, rows.filter(**{f"{ends}__isnull": False}), ends, changes)
        or_empty = {
            field: Case(When(In(columns[other], values), then=columns[field]), default=Value(""))
            for field, (other, values) in only_for.items()
        }
        return insert_from(model, rows, {**columns, **or_empty})
    quote = connection.ops.quote_name

    def column(field: str) -> str:
        return quote(column_of(model, field))

    # A prefix, since an annotation may not bear the name of a field of `rows`.
    named = {f"to_{field}": expression for field, expression in columns.items()}
    asked = sql_of(rows.order_by().annotate(ends=F(ends), **named).values_list("ends", *named), connection)
    if asked is None:
        return 0
    sql, params = asked
    table, key = quote(model._meta.db_table), column("pk")
    sets = ", ".join(f"{column(field)} = {change}" for field, change in changes.items())
    given = [
        f"CASE WHEN {quote(f'to_{only_for[field][0]}')} = ANY(%s) THEN {quote(name)} ELSE '' END"
        if field in only_for
        else quote(name)
        for field, name in zip(columns, named, strict=True)
    ]
    with connection.cursor() as cursor:
        # Counted before the first goes in, so that each has ended when another takes its place.
        cursor.execute(
            f"WITH rows AS MATERIALIZED ({sql}), "  # noqa: S608
            # By an array, since nobody can foresee how few differ: joined, the whole table was read for a handful.
            f"ended AS (UPDATE {table} SET {sets} WHERE {key} = ANY(ARRAY(SELECT ends FROM rows)) RETURNING 1) "
            f"INSERT INTO {table} ({', '.join(map(column, columns))}) SELECT {', '.join(given)} FROM rows "
            "WHERE (SELECT COUNT(*) FROM ended) >= 0 ON CONFLICT DO NOTHING",
            (*params, *(list(only_for[field][1]) for field in columns if field in only_for)),
        )
        return int(cursor.rowcount)
