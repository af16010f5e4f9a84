"""Whether Rollcall can do its work: each check says what is wrong in a few words, and never what a server answered."""

import datetime as dt
import logging
from collections.abc import Callable
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from automations.reports.job_health import job_health
from automations.reports.queues import queues

logger = logging.getLogger(__name__)

OK = "ok"
HEARTBEAT = "check_health"
PATIENCE = 2.0
"""Seconds to wait for the broker."""


def readiness() -> dict[str, str]:
    """What each check found, `ok` or what is wrong. Where the database does not answer, what needs it is not asked."""
    found = {"broker": _asked("broker", _broker), "database": _asked("database", _database)}
    if found["database"] != OK:
        return found
    found["migrations"] = _asked("migrations", _migrations)
    if found["migrations"] != OK:
        return found
    found["heartbeat"] = _asked("heartbeat", _heartbeat)
    return found | _queues()


def _asked(name: str, check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, redis.RedisError, ValueError) as error:
        logger.warning("The check of the %s failed: %s", name, type(error).__name__)
        return "does not answer"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return OK


def _broker() -> str:
    if not settings.REDIS_URL:
        return OK
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
    ) as server:
        server.ping()
    return OK


def _migrations() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    behind = sorted({app for app, _name in _last_migrations() - applied})
    return f"to be applied: {', '.join(behind)}" if behind else OK


@cache
def _last_migrations() -> frozenset[tuple[str, str]]:
    """The newest of each app in the code of this process: read from the disk once."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _heartbeat() -> str:
    beating = next((job for job in job_health(timezone.now()) if job.name == HEARTBEAT), None)
    if beating is None or not beating.is_enabled:
        return f"the schedule has no {HEARTBEAT}"
    if not beating.is_late:
        return OK
    if beating.last_run_at is None:
        return "never yet"
    return f"the last was {_minutes(timezone.now() - beating.last_run_at)} minutes ago"


def _queues() -> dict[str, str]:
    limit = dt.timedelta(minutes=settings.ALERT_QUEUE_MINUTES)
    try:
        found = queues(timezone.now())
    except DatabaseError as error:
        logger.warning("The queues could not be asked: %s", type(error).__name__)
        return {"queues": "do not answer"}
    return {
        queue.name: OK if queue.lag <= limit else f"the oldest has been due for {_minutes(queue.lag)} minutes"
        for queue in found
    }


def _minutes(time: dt.timedelta) -> int:
    return int(time.total_seconds() // 60)
