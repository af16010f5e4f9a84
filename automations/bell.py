"""Ringing: telling Celery that there is work. The database holds the work itself, so a bell nobody hears loses nothing."""

import logging
from collections.abc import Iterable
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(job: str, *args: Any) -> None:
    """Wake a worker for `job` once this transaction is committed; the schedule does the same within a minute."""

    def send() -> None:
        try:
            current_app.send_task(
                f"automations.jobs.{job}", args
            ) if not current_app.conf.task_always_eager else (
                current_app.tasks[f"automations.jobs.{job}"].apply(args, throw=True)
            )
        except OperationalError:
            logger.warning("The broker did not answer; %s waits for the schedule.", job)

    transaction.on_commit(send)


def when_facts_change(member_ids: Iterable[int], **_: Any) -> None:
    ring("evaluate_members", list(member_ids))
