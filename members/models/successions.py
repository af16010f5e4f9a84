"""Rows that end, and others that take their place, from one query that is asked once."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, models, router
from django.db.models import F, QuerySet

from members.models.bulk import insert_from, update_from


def succeed_from(
    model: type[models.Model],
    rows: QuerySet[Any],
    *,
    ends: str,
    changes: Mapping[str, str],
    columns: Mapping[str, Any],
) -> int:
    """As `update_from` for those of `rows` that name in `ends` a row of `model`, then `insert_from` for all; how many went in.

    PostgreSQL asks `rows` once for both. Elsewhere it is asked again after the first, and must still find the same.
    """
    connection = connections[router.db_for_write(model)]
    if connection.vendor != "postgresql":
        update_from(model, rows.filter(**{f"{ends}__isnull": False}), ends, changes)
        return insert_from(model, rows, columns)
    quote, meta = connection.ops.quote_name, model._meta

    def column(field: str) -> str:
        known: Any = meta.pk if field == "pk" else meta.get_field(field)
        return str(quote(known.column))

    # A prefix, since an annotation may not bear the name of a field of `rows`.
    named = {f"to_{field}": expression for field, expression in columns.items()}
    try:
        query = rows.order_by().annotate(ends=F(ends), **named).values_list("ends", *named).query
        sql, params = query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return 0
    table, key = quote(meta.db_table), column("pk")
    sets = ", ".join(f"{column(field)} = {change}" for field, change in changes.items())
    into, given = (
        ", ".join(map(quote_one, names)) for quote_one, names in ((column, columns), (quote, named))
    )
    with connection.cursor() as cursor:
        # Counted before the first goes in, so that each has ended when another takes its place.
        cursor.execute(
            f"WITH rows AS MATERIALIZED ({sql}), "  # noqa: S608
            f"ended AS (UPDATE {table} SET {sets} FROM rows WHERE {table}.{key} = rows.ends RETURNING 1) "
            f"INSERT INTO {table} ({into}) SELECT {given} FROM rows WHERE (SELECT COUNT(*) FROM ended) >= 0 "
            "ON CONFLICT DO NOTHING",
            params,
        )
        return int(cursor.rowcount)
