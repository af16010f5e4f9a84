"""Ringing: telling Celery that there is work. The database holds the work itself, so a bell nobody hears loses nothing."""

import logging
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(job: str, *args: Any) -> None:
    """Wake a worker for `job` once this transaction is committed; the schedule does the same within minutes.

    Without a broker the job is done at once, in this process.
    """
    # The jobs ring for one another.
    from automations import jobs

    def send() -> None:
        try:
            getattr(jobs, job).delay(*args)
        except OperationalError:
            logger.warning("The broker did not answer; %s waits for the schedule.", job)

    transaction.on_commit(send)


def when_facts_change(member_ids: Iterable[int], **_: Any) -> None:
    ring("evaluate_members", list(member_ids))


def when_message_is_queued(**_: Any) -> None:
    ring("deliver_messages")
