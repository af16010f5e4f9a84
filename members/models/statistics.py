"""What PostgreSQL believes its tables hold, by which it plans: counted anew where it would be far off."""

from typing import Any

from django.db import connection, models


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
