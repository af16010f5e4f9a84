"""Reading the SQS queue into which SNS puts its notifications: survives our downtime, and needs no public address.

A notification leaves the queue only after what it said is committed. Whoever dies in between gets it again, and that
changes nothing.
"""

import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import boto3
from botocore.config import Config
from django.conf import settings

from messaging.inbound.taking_in import take_in, try_again

logger = logging.getLogger(__name__)

AT_ONCE = 10
"""As many as SQS gives."""
WAIT_SECONDS = 2
"""For the first ones: SQS asks all of its servers only when it is given time. Short, since a worker stands still meanwhile."""
HIDDEN_SECONDS = 120
"""Longer than one batch takes; then another process is given what this one did not get done."""

Clock = Callable[[], dt.datetime]


def poll(*, clock: Clock, seconds: float) -> dict[str, int]:
    """Take in what waits, for so many seconds at most; counts. Without a queue only what was put aside is tried again."""
    counts = try_again(now=clock())
    if not settings.EVENT_QUEUE_URL:
        return dict(+counts)
    client = _client()
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        answer = client.receive_message(
            QueueUrl=settings.EVENT_QUEUE_URL,
            MaxNumberOfMessages=AT_ONCE,
            WaitTimeSeconds=WAIT_SECONDS,
            VisibilityTimeout=HIDDEN_SECONDS,
        )
        if not (messages := answer.get("Messages", [])):
            break
        counts += take_in([message["Body"] for message in messages], now=clock())
        _delete(client, messages)
    return dict(+counts)


def _delete(client: Any, messages: Sequence[dict[str, Any]]) -> None:
    answer = client.delete_message_batch(
        QueueUrl=settings.EVENT_QUEUE_URL,
        Entries=[
            {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)
        ],
    )
    if failed := answer.get("Failed"):
        # They come again, and change nothing.
        logger.warning("%s of %s notices stay in the queue for now", len(failed), len(messages))


def _client() -> Any:
    return boto3.session.Session().client(
        "sqs",
        region_name=settings.AWS_REGION,
        endpoint_url=settings.AWS_ENDPOINT_URL,
        # However short a call may be elsewhere: this one waits on purpose.
        config=Config(
            **{
                **settings.AWS_CLIENT_CONFIG,
                "read_timeout": max(settings.AWS_CLIENT_CONFIG["read_timeout"], WAIT_SECONDS + 10),
            }
        ),
    )
