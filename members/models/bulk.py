"""Many rows written in one statement: from a query without passing through Python, or from a list of values."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet


def insert_from(model: type[models.Model], rows: QuerySet[Any], columns: Mapping[str, Any]) -> int:
    """`INSERT INTO model SELECT columns FROM rows ON CONFLICT DO NOTHING`; how many rows went in.

    `columns` maps each field of `model` to an expression over `rows`. What breaks a unique constraint is left out.
    """
    # A prefix, since an annotation may not bear the name of a field of `rows`.
    named = {f"to_{field}": expression for field, expression in columns.items()}
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    names = ", ".join(quote(_column(model, field)) for field in columns)
    try:
        query = rows.order_by().annotate(**named).values_list(*named).query
        sql, params = query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({names}) {sql} ON CONFLICT DO NOTHING",
            params,
        )
        return int(cursor.rowcount)


def update_from(model: type[models.Model], rows: QuerySet[Any], key: str, changes: Mapping[str, str]) -> int:
    """Write to each row of `model` whose primary key `rows` gives as `key`; how many were written.

    `changes` maps fields to SQL over the columns of `model`, constant text of our own. The query stands by itself in
    a FROM, where Django would nest it in an IN and give colliding names to the subqueries inside.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    try:
        query = rows.order_by().annotate(key=models.F(key)).values_list("key").query
        sql, params = query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return 0
    table = quote(model._meta.db_table)
    sets = ", ".join(f"{quote(_column(model, field))} = {change}" for field, change in changes.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {sets} FROM ({sql}) AS changed "  # noqa: S608
            f"WHERE {table}.{quote(_column(model, 'pk'))} = changed.key",
            params,
        )
        return int(cursor.rowcount)


def count_each(queries: Sequence[QuerySet[Any]], *, at_most: int) -> list[int]:
    """How many rows each query finds, none counted beyond `at_most`, all in one statement."""
    counts, params = [], []
    for query in queries:
        connection = connections[query.db]
        # Each stands by itself in a FROM, where Django would give colliding names to the subqueries inside.
        try:
            sql, own = query.order_by().values("pk")[:at_most].query.get_compiler(query.db).as_sql()
        except EmptyResultSet:
            sql, own = "SELECT 1 WHERE 1 = 0", ()
        counts.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted)")  # noqa: S608
        params += own
    if not counts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", params)
        return [int(number) for number in cursor.fetchone()]


def update_rows(
    model: type[models.Model],
    fields: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    to_all: Mapping[str, Any],
    where: Mapping[str, Any],
) -> int:
    """Write text and number `fields` from `rows` of (primary key, *values), and the same `to_all`, in one statement.

    Only rows that still satisfy every equality in `where` are written; how many those were.
    """
    if not rows:
        return 0
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name

    def prepared(field: str, value: Any) -> Any:
        return model._meta.get_field(field).get_db_prep_save(value, connection)  # type: ignore[union-attr]

    # Both databases call the columns of a VALUES list column1, column2 …
    # Cast, since the database takes a column of nothing but NULLs for text.
    changes = [
        f"{quote(_column(model, field))} = CAST(v.column{n} AS {_type(model, field, connection)})"
        for n, field in enumerate(fields, start=2)
    ]
    changes += [f"{quote(_column(model, field))} = %s" for field in to_all]
    table, key = quote(model._meta.db_table), quote(_column(model, "pk"))
    conditions = [
        f"{table}.{key} = v.column1",
        *(f"{table}.{quote(_column(model, field))} = %s" for field in where),
    ]
    row = f"({', '.join(['%s'] * (len(fields) + 1))})"
    sql = (
        f"UPDATE {table} SET {', '.join(changes)} FROM (VALUES {', '.join([row] * len(rows))}) AS v "  # noqa: S608
        f"WHERE {' AND '.join(conditions)}"
    )
    params = [prepared(field, value) for field, value in to_all.items()]
    params += [value for values in rows for value in values]
    params += [prepared(field, value) for field, value in where.items()]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def _type(model: type[models.Model], field: str, connection: BaseDatabaseWrapper) -> str:
    return str(getattr(model._meta.get_field(field), "db_type")(connection))  # noqa: B009


def _column(model: type[models.Model], field: str) -> str:
    found = model._meta.pk if field == "pk" else model._meta.get_field(field)
    return str(getattr(found, "column"))  # noqa: B009 - a relation from the other side has none, and fails here
