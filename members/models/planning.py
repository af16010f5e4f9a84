"""Where PostgreSQL would plan badly by itself: for want of a count, or because it hopes to find something at once."""

from typing import Any

from django.db import connection, models
from django.db.models import QuerySet

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
