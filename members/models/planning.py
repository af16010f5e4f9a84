"""Where PostgreSQL would plan badly by itself: for want of a count, or because it hopes to find something at once."""

from typing import Any

from django.db import connection, models
from django.db.models import Func, QuerySet, Value
from django.db.models.functions import Cast

from members.models.compiled import sql_of


def count_anew(*columns: models.Field[Any, Any]) -> None:
    """Look again at which values these hold: about half a second for each table of millions. Elsewhere nothing.

    A table that somebody else is counting, or tidying up, is left to them.
    """
    if connection.vendor != "postgresql":
        return
    quoted = connection.ops.quote_name
    told = ", ".join(f"{quoted(one.model._meta.db_table)} ({quoted(str(one.column))})" for one in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {told}")


def as_any_key(key: int) -> Func:
    """The key, to filter by as by any other. PostgreSQL plans for a key that it is told by how many rows it last counted for
    this very one; where that was none, it would go through all there are by now, for each row that it asks about."""
    return Func(Cast(Value(key), models.BigIntegerField()), template="(SELECT %(expressions)s)")


def has_any(rows: QuerySet[Any]) -> bool:
    """Whether there is one, where mostly there is none. `exists` goes about it as if the next might be one, each by itself;
    this as if all were asked for, and stops at the first all the same."""
    if connection.vendor != "postgresql":
        return rows.exists()
    if not (asked := sql_of(rows.order_by().values_list("pk"), connection)):
        return False
    sql, params = asked
    with connection.cursor() as cursor:
        cursor.execute(f"WITH found AS MATERIALIZED ({sql}) SELECT 1 FROM found LIMIT 1", params)  # noqa: S608
        return cursor.fetchone() is not None
