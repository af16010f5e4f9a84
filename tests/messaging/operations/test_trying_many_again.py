"""Many messages that failed are tried again together: only those, each once, and only where no gate would skip it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Message
from messaging.operations.delivery import deliver
from messaging.operations.settling import try_many_again
from tests.factories import NOW, ConsentRecordFactory, MessageFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db


def tried(*messages: Message) -> int:
    return try_many_again(message_ids=[message.pk for message in messages], by="Anna Smith", now=NOW)


def test_those_that_failed_leave_once_with_as_much_patience_as_they_had(provider: ScriptedTransport) -> None:
    before = NOW - dt.timedelta(days=3)
    messages = [
        MessageFactory(
            status="failed",
            attempts=4,
            error="AuthorizationError",
            ended_at=before,
            expires_at=before + dt.timedelta(hours=hours),
        )
        for hours in (6, 72)
    ]
    Message.objects.update(created_at=before)
    assert tried(*messages) == 2
    patience = Message.objects.order_by("pk").values_list("expires_at", flat=True)
    assert list(patience) == [NOW + dt.timedelta(hours=6), NOW + dt.timedelta(hours=72)]
    assert set(Message.objects.values_list("status", "attempts", "error", "ended_at")) == {
        ("queued", 0, "", None)
    }
    assert tried(*messages) == 0
    assert deliver(clock=lambda: NOW) == {"sent": 2}
    assert len(provider.asked) == 2
    for message in messages:
        assert message.events.filter(kind="settled").get().detail == "Anna Smith: try again."


@pytest.mark.parametrize(
    "status", [status for status in Message.Status.values if status != Message.Status.FAILED]
)
def test_nothing_else_is_touched(status: str) -> None:
    assert tried(MessageFactory(status=status)) == 0
    assert Message.objects.get().status == status
    assert not Message.objects.get().events.exists()


@pytest.mark.parametrize("stops", ["opted out", "template deleted"])
def test_what_would_not_be_sent_stays_failed(stops: str) -> None:
    fine = MessageFactory(status="failed")
    message = MessageFactory(status="failed", **({"template": None} if stops == "template deleted" else {}))
    if stops == "opted out":
        ConsentRecordFactory(member=message.member)
    assert tried(fine, message) == 1
    message.refresh_from_db()
    assert message.status == "failed"


def test_many_cost_as_many_queries_as_few() -> None:
    def queries(number: int) -> int:
        messages = MessageFactory.create_batch(number, status="failed")
        with CaptureQueriesContext(connection) as captured:
            assert tried(*messages) == number
        return len(captured)

    queries(1)
    assert queries(20) == queries(2)
