"""A PostgreSQL database made for measuring: created anew, migrated, and dropped at the end."""

import contextlib
import os
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

SUFFIX = "_bench"


def use(url: str) -> None:
    """Set Django up on `url`, with nothing of the developer's own settings."""
    os.environ |= {
        "DATABASE_URL": url,
        "SECRET_KEY": "only-for-measuring",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PUBLIC_URL": "http://localhost:8000",
        "DEBUG": "false",
        "REDIS_URL": "",
        # As when sending in earnest; the provider itself is a stand-in or the tests' own server.
        "TRANSPORT": "aws",
        "AWS_ENDPOINT_URL": "",
        "SMS_PER_SECOND": "1000000",
        "EMAILS_PER_SECOND": "1000000",
        "LOG_LEVEL": "WARNING",
    }
    import django

    django.setup()


@contextlib.contextmanager
def made(url: str, *, keep: bool) -> Iterator[None]:
    """The migrated database of `url`. With `keep` it stays, and one that stayed is used again."""
    name = urlsplit(url).path.lstrip("/")
    if not name.endswith(SUFFIX):
        raise SystemExit(
            f"The database {name} would be dropped; measure in one whose name ends with {SUFFIX}."
        )
    with psycopg.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")), autocommit=True) as server:
        exists = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if exists and not keep:
            _drop(server, name)
        if not (exists and keep):
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    use(url)
    from django.core.management import call_command
    from django.db import connection

    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        if not keep:
            with psycopg.connect(
                urlunsplit(urlsplit(url)._replace(path="/postgres")), autocommit=True
            ) as server:
                _drop(server, name)


def _drop(server: psycopg.Connection, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
