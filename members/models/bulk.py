"""Many rows written in one statement: from a query without passing through Python, or from a list of values."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from members.models.compiled import as_array, cursor_that_remembers, sql_of

NEVER_QUOTED = (models.IntegerField, models.UUIDField)


def insert_from(model: type[models.Model], rows: QuerySet[Any], columns: Mapping[str, Any]) -> int:
    """`INSERT INTO model SELECT columns FROM rows ON CONFLICT DO NOTHING`; how many rows went in.

    `columns` maps each field of `model` to an expression over `rows`. What breaks a unique constraint is left out.
    """
    # A prefix, since an annotation may not bear the name of a field of `rows`.
    named = {f"to_{field}": expression for field, expression in columns.items()}
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    names = ", ".join(quote(column_of(model, field)) for field in columns)
    asked = sql_of(rows.order_by().annotate(**named).values_list(*named), connection)
    if asked is None:
        return 0
    sql, params = asked
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
    asked = sql_of(rows.order_by().annotate(key=models.F(key)).values_list("key"), connection)
    if asked is None:
        return 0
    sql, params = asked
    table = quote(model._meta.db_table)
    sets = ", ".join(f"{quote(column_of(model, field))} = {change}" for field, change in changes.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {sets} FROM ({sql}) AS changed "  # noqa: S608
            f"WHERE {table}.{quote(column_of(model, 'pk'))} = changed.key",
            params,
        )
        return int(cursor.rowcount)


def count_each(queries: Sequence[QuerySet[Any]], *, at_most: int) -> list[int]:
    """How many rows each query finds, none counted beyond `at_most`, all in one statement."""
    counts: list[str] = []
    params: list[Any] = []
    for query in queries:
        connection = connections[query.db]
        # Each stands by itself in a FROM, where Django would give colliding names to the subqueries inside.
        asked = sql_of(query.order_by().values("pk")[:at_most], connection)
        sql, own = asked or ("SELECT 1 WHERE 1 = 0", ())
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
    where_each: Sequence[str] = (),
) -> int:
    """Write `fields` from `rows` of (primary key, *values), and the same `to_all`, in one statement.

    Only rows that still satisfy every equality in `where`, and hold in the fields of `where_each` what each row gives
    after its new values; how many those were.
    """
    if not rows:
        return 0
    with connections[router.db_for_write(model)].cursor() as cursor:
        cursor.execute(
            *statement_for_rows(model, fields, rows, to_all=to_all, where=where, where_each=where_each)
        )
        return int(cursor.rowcount)


def statement_for_rows(
    model: type[models.Model],
    fields: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    to_all: Mapping[str, Any],
    where: Mapping[str, Any],
    where_each: Sequence[str] = (),
) -> tuple[str, list[Any]]:
    """The SQL of `update_rows` and its parameters, for whoever puts it into a larger statement."""
    connection = connections[router.db_for_write(model)]
    sql = _update_by_rows(
        model,
        (*fields, *where_each),
        len(where_each),
        tuple(to_all),
        tuple(where),
        connection.vendor,
        # Arrays are one parameter each, however long they are.
        0 if connection.vendor == "postgresql" else len(rows),
    )
    given = _prepared(model, ("pk", *fields, *where_each), rows, connection)
    return sql, [*_adapted(model, to_all, connection), *given, *_adapted(model, where, connection)]


@lru_cache(maxsize=512)
def _update_by_rows(
    model: type[models.Model],
    given: tuple[str, ...],
    old: int,
    to_all: tuple[str, ...],
    where: tuple[str, ...],
    vendor: str,
    number: int,
) -> str:
    """The text of an update by rows of `given` values, the last `old` of which are what must still stand there."""
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = [quote(column_of(model, field)) for field in ("pk", *given)]
    new = len(columns) - old
    # Both databases call the columns of a VALUES list column1, column2 …
    values = [f"v.column{n}" for n in range(1, len(columns) + 1)]
    changes = [f"{quote(column_of(model, field))} = %s" for field in to_all]
    changes += [f"{column} = {value}" for column, value in zip(columns[1:new], values[1:new], strict=True)]
    conditions = [
        f"{table}.{column} = {value}"
        for column, value in [(columns[0], values[0]), *zip(columns[new:], values[new:], strict=True)]
    ]
    conditions += [f"{table}.{quote(column_of(model, field))} = %s" for field in where]
    rows = _table_of_rows(model, ("pk", *given), number, connection)
    named = f" ({', '.join(value.removeprefix('v.') for value in values)})" if vendor == "postgresql" else ""
    return (
        f"UPDATE {table} SET {', '.join(changes)} FROM ({rows}) AS v{named} "  # noqa: S608
        f"WHERE {' AND '.join(conditions)}"
    )


def _table_of_rows(
    model: type[models.Model], fields: Sequence[str], number: int, connection: BaseDatabaseWrapper
) -> str:
    """SQL for `number` rows given as parameters; the parameters are those of `_prepared`."""
    if connection.vendor == "postgresql":
        # One array for each column, since thousands of parameters cost the driver more than the rows do the database.
        arrays = ", ".join(f"%s::{_type(model, field, connection)}[]" for field in fields)
        return f"SELECT * FROM unnest({arrays})"  # noqa: S608
    row = f"({', '.join(['%s'] * len(fields))})"
    return f"VALUES {', '.join([row] * number)}"


def _prepared(
    model: type[models.Model],
    fields: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    connection: BaseDatabaseWrapper,
) -> list[Any]:
    if connection.vendor == "postgresql":
        columns = zip(fields, zip(*rows, strict=True), strict=True)
        return [
            as_array(values) if isinstance(_field(model, field), NEVER_QUOTED) else list(values)
            for field, values in columns
        ]
    prepare = [_field(model, field).get_db_prep_save for field in fields]
    return [one(value, connection) for row in rows for one, value in zip(prepare, row, strict=True)]


def _adapted(
    model: type[models.Model], values: Mapping[str, Any], connection: BaseDatabaseWrapper
) -> list[Any]:
    return [_field(model, field).get_db_prep_save(value, connection) for field, value in values.items()]


def add_up(
    model: type[models.Model], rows: Sequence[Mapping[str, Any]], number: str, *, unique: Sequence[str]
) -> None:
    """Add to the field `number` of the row that has the same `unique` fields as each mapping, or begin one; one statement.

    The database holds those fields unique together, and each combination is among `rows` once.
    """
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields = list(rows[0])
    columns = [quote(column_of(model, field)) for field in fields]
    same = [quote(column_of(model, field)) for field in unique]
    table, counted = quote(model._meta.db_table), quote(column_of(model, number))
    values = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values} "  # noqa: S608
            f"ON CONFLICT ({', '.join(same)}) DO UPDATE SET {counted} = {table}.{counted} + EXCLUDED.{counted}",
            [row[field] for row in rows for field in fields],
        )


def upsert_rows(
    model: type[models.Model],
    fields: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    key: Sequence[str],
    same: Sequence[str],
    newest: str,
    where: str = "",
    only_with: Mapping[str, str] = MappingProxyType({}),
) -> set[Any]:
    """Write rows of values for `fields`, in one statement; those already there by their unique `key` are written over.

    Left alone is a row whose `newest` is later than what is given, and one that differs in a field of `same`. No two rows
    may have the same key. The last field of the key of each row that was written. `where` is the condition of a key that is
    unique only there, constant text of our own. A field of `only_with` is written over only where the other field that it
    names there changes; never, if it names none.
    """
    if not rows:
        return set()
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    columns = [quote(column_of(model, field)) for field in fields]
    table = quote(model._meta.db_table)
    values = _table_of_rows(model, fields, len(rows), connection)
    params = _prepared(model, fields, rows, connection)

    def change(field: str) -> str:
        column = quote(column_of(model, field))
        if field not in only_with:
            return f"{column} = EXCLUDED.{column}"
        other = quote(column_of(model, only_with[field]))
        return (
            f"{column} = CASE WHEN {table}.{other} = EXCLUDED.{other} THEN {table}.{column} "
            f"ELSE EXCLUDED.{column} END"
        )

    changes = ", ".join(change(field) for field in fields if only_with.get(field) != "")
    late = quote(column_of(model, newest))
    conditions = [f"({table}.{late} IS NULL OR {table}.{late} <= EXCLUDED.{late})"]
    conditions += [
        f"{table}.{column} = EXCLUDED.{column}"
        for column in (quote(column_of(model, field)) for field in same)
    ]
    sql = (
        f"INSERT INTO {table} ({', '.join(columns)}) {values} "
        f"ON CONFLICT ({', '.join(quote(column_of(model, field)) for field in key)}) "
        f"{f'WHERE {where} ' if where else ''}DO UPDATE SET {changes} "
        f"WHERE {' AND '.join(conditions)} RETURNING {quote(column_of(model, key[-1]))}"
    )
    with cursor_that_remembers(connection) as cursor:
        cursor.execute(sql, params)
        return {name for (name,) in cursor.fetchall()}


def lock_shared(rows: QuerySet[Any]) -> None:
    """Nobody changes these rows before the end of the transaction, though others may lock them so as well; by key."""
    connection = connections[rows.db]
    if not connection.features.has_select_for_update:
        return
    if asked := sql_of(rows.order_by("pk").values_list("pk"), connection):
        sql, params = asked
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} FOR SHARE", params)


def _type(model: type[models.Model], field: str, connection: BaseDatabaseWrapper) -> str:
    return str(_field(model, field).db_type(connection))


def column_of(model: type[models.Model], field: str) -> str:
    return str(_field(model, field).column)


def _field(model: type[models.Model], field: str) -> Any:
    return model._meta.pk if field == "pk" else model._meta.get_field(field)
