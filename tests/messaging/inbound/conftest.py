"""Topics that are set up, and an e-mail that left."""

from typing import Any

import pytest

from messaging.models import Message
from tests.aws.fixtures import moto_aws, moto_url, send_through
from tests.factories import NOW, MessageFactory
from tests.messaging.inbound.payloads import SES_ID, TOPIC


@pytest.fixture(autouse=True)
def topics(settings: Any) -> None:
    settings.EVENT_TOPICS = [TOPIC]


@pytest.fixture
def mail(db: None) -> Message:
    """One that SES took."""
    return MessageFactory(
        channel="email",
        address="aisha@mail.example",
        status=Message.Status.SENT,
        provider_id=SES_ID,
        sent_at=NOW,
        ended_at=NOW,
    )


__all__ = ["moto_aws", "moto_url", "send_through"]
