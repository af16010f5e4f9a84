"""Test data: what a provider told us and nobody could act on."""

import factory
from factory.django import DjangoModelFactory

from messaging.models import Notice
from tests.factories import NOW


class NoticeFactory(DjangoModelFactory):
    """About a message that nobody knows."""

    class Meta:
        model = Notice

    class Params:
        unreadable = factory.Trait(problem="unreadable", detail="not JSON, or cut off", next_try_at=None)

    key = factory.Sequence(lambda n: f"notice-{n}")
    topic = "arn:aws:sns:eu-central-1:123456789012:rollcall-events"
    kind = "Delivery"
    body = "{}"
    problem = "unmatched"
    received_at = NOW
    next_try_at = NOW
