"""Questions asked so often that the ORM compiles them once, and only the values in them change from then on.

Compiling the rule of the follow-up status takes many times as long as answering it for one member.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql import Query


@dataclass(frozen=True)
class Mark:
    """Stands among the parameters of a compiled question for a value given later."""

    name: str


def given(name: str, field: models.Field[Any, Any]) -> RawSQL:
    """A value to be given when the question is asked, of this field's type."""
    return RawSQL("%s", (Mark(name),), output_field=field)


class OneOf(Func):
    """For a filter: the column is in a list to be given when the question is asked; `of` is `text` or `bigint`."""

    output_field = models.BooleanField()

    def __init__(self, column: str, name: str, *, of: str) -> None:
        super().__init__(models.F(column))
        self.mark, self.of = Mark(name), of

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Any:  # type: ignore[override]
        column, params = compiler.compile(self.source_expressions[0])
        is_postgresql = connection.vendor == "postgresql"
        listed = f"= ANY(%s::{self.of}[])" if is_postgresql else "IN (SELECT value FROM json_each(%s))"
        return f"{column} {listed}", (*params, self.mark)


class Among(Func):
    """For a filter: the column is one of these whole numbers, handed over as a single parameter.

    For hundreds of keys `IN` costs the ORM, the driver, and PostgreSQL's parser more than the answer costs the database.
    """

    output_field = models.BooleanField()

    def __init__(self, column: str, keys: Iterable[int]) -> None:
        super().__init__(models.F(column))
        self.keys = list(keys)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Any:  # type: ignore[override]
        column, params = compiler.compile(self.source_expressions[0])
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s::bigint[])", (*params, as_array(self.keys))
        return f"{column} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(self.keys))  # noqa: S608


def sql_of(rows: QuerySet[Any], connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]] | None:
    """What the database would be asked for these, and the parameters; None where nothing can be among them."""
    try:
        sql, params = rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return sql, tuple(params)


def as_array(values: Iterable[object]) -> str:
    """Whole numbers or UUIDs as PostgreSQL writes an array of them; the driver would look into each for what to quote."""
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"


@contextmanager
def cursor_that_remembers(connection: Any) -> Iterator[Any]:
    """For statements that are always the same text: PostgreSQL reads and plans them once for each connection.

    Without `prepare_threshold` among the database's options, or elsewhere, an ordinary cursor.
    """
    if connection.vendor != "postgresql" or not connection.settings_dict["OPTIONS"].get("prepare_threshold"):
        with connection.cursor() as cursor:
            yield cursor
        return
    from django.db.backends.postgresql.base import ServerBindingCursor

    connection.ensure_connection()
    asked = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]
    with connection._prepare_cursor(asked) as cursor:
        yield cursor


@dataclass(frozen=True)
class Compiled:
    """SQL with its parameters, some of them marks, and what turns the columns that come back into Python's values."""

    sql: str
    params: tuple[Any, ...]
    converters: tuple[tuple[int, list[Callable[..., Any]], Any], ...] = ()

    @classmethod
    def of(cls, query: Query) -> "Compiled":
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        selected = [expression for expression, _sql, _alias in compiler.select or ()]
        converters = compiler.get_converters(selected)
        return cls(sql, tuple(params), tuple((at, *found) for at, found in converters.items()))

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        connection = connections[DEFAULT_DB_ALIAS]
        if connection.vendor != "postgresql":
            values = {name: _adapted(value, connection) for name, value in values.items()}
        filled = [values[one.name] if isinstance(one, Mark) else one for one in self.params]
        with cursor_that_remembers(connection) as cursor:
            cursor.execute(self.sql, filled)
            found: Iterable[Any] = cursor.fetchall() if cursor.description else ()
        if not self.converters:
            return list(found)
        rows = [list(row) for row in found]
        for at, functions, expression in self.converters:
            for row in rows:
                for function in functions:
                    row[at] = function(row[at], expression, connection)
        return [tuple(row) for row in rows]


def _adapted(value: Any, connection: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value)
    return models.DateTimeField().get_db_prep_value(value, connection) if hasattr(value, "tzinfo") else value
