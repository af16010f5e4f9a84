"""A system check: what the webhook of events needs is there."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from messaging.inbound import signatures


@register(Tags.security, deploy=True)
def webhook_can_verify(**_: Any) -> list[CheckMessage]:
    """Run by `check --deploy`."""
    if not settings.EVENT_TOPICS or signatures.CAN_VERIFY:
        return []
    return [
        Warning(
            "EVENT_TOPICS is set, but the library cryptography is not installed: /hooks/sns answers 503 to everybody.",
            hint="Events still come through EVENT_QUEUE_URL. For the webhook, install cryptography.",
            id="messaging.W001",
        )
    ]
