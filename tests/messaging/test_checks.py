"""The system check says when what is posted to the webhook could not be verified."""

import pytest

from messaging.checks import webhook_can_verify
from messaging.inbound import signatures


@pytest.mark.parametrize(
    ("topics", "can_verify", "said"), [([], False, 0), (["arn"], True, 0), (["arn"], False, 1)]
)
def test_it_warns_only_where_the_webhook_is_set_up_and_cannot_work(
    settings, monkeypatch, topics, can_verify, said
):
    settings.EVENT_TOPICS = topics
    monkeypatch.setattr(signatures, "CAN_VERIFY", can_verify)
    assert len(webhook_can_verify()) == said
