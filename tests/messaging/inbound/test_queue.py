"""The queue: whatever is in it is taken in, and leaves it only once that is committed."""

from typing import Any

import boto3
import pytest

from messaging.inbound import queue
from messaging.models import Notice
from tests.factories import NOW
from tests.messaging.inbound.payloads import TOPIC, notification, payload

pytestmark = pytest.mark.django_db


class Sqs:
    """Hands out what is in it, ten at a time, until it is deleted."""

    def __init__(self, *bodies: str) -> None:
        self.bodies = {f"receipt {n}": body for n, body in enumerate(bodies)}
        self.asked: list[dict[str, Any]] = []
        self.given: set[str] = set()
        self.fails_to_delete = False

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        handles = [handle for handle in self.bodies if handle not in self.given][:10]
        self.given.update(handles)
        messages = [{"Body": self.bodies[handle], "ReceiptHandle": handle} for handle in handles]
        return {"Messages": messages} if messages else {}

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        if self.fails_to_delete:
            raise ConnectionError
        for entry in Entries:
            del self.bodies[entry["ReceiptHandle"]]
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}


@pytest.fixture
def waiting(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.EVENT_QUEUE_URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/rollcall-events"

    def put(*bodies: str) -> Sqs:
        sqs = Sqs(*bodies)
        monkeypatch.setattr(queue, "_client", lambda: sqs)
        return sqs

    return put


def poll() -> dict[str, int]:
    return queue.poll(clock=lambda: NOW, seconds=5)


def test_all_that_waits_is_taken_in_and_leaves_the_queue(waiting, mail):
    sqs = waiting(*[notification("ses_delivery", mail)] * 23)
    assert poll() == {"events": 23}
    assert sqs.bodies == {}
    assert mail.events.count() == 1


def test_it_waits_for_less_long_than_its_client_does(waiting, settings):
    sqs = waiting()
    poll()
    (asked,) = sqs.asked
    assert asked["WaitTimeSeconds"] < settings.AWS_CLIENT_CONFIG["read_timeout"]
    assert asked["VisibilityTimeout"] > 60


def test_what_was_taken_in_and_not_deleted_comes_again_and_changes_nothing(waiting, mail):
    sqs = waiting(notification("ses_bounce_permanent", mail))
    sqs.fails_to_delete = True
    with pytest.raises(ConnectionError):
        poll()
    assert mail.events.count() == 1
    sqs.fails_to_delete, sqs.given = False, set()
    assert poll() == {"events": 1}
    assert mail.events.count() == 1
    assert sqs.bodies == {}


def test_what_could_not_be_committed_stays_in_the_queue(waiting, mail, monkeypatch):
    sqs = waiting(notification("ses_open", mail))

    def down(*_: Any, **__: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(queue, "take_in", down)
    with pytest.raises(RuntimeError):
        poll()
    assert len(sqs.bodies) == 1


def test_a_poisoned_one_leaves_the_queue_and_is_kept_for_staff(waiting, mail):
    sqs = waiting("{cut off", notification("ses_open", mail))
    assert poll() == {"put aside": 1, "events": 1}
    assert sqs.bodies == {}
    assert Notice.objects.get().body == "{cut off"


def test_it_stops_when_its_time_is_over(waiting, mail):
    sqs = waiting(notification("ses_open", mail))
    assert queue.poll(clock=lambda: NOW, seconds=0) == {}
    assert len(sqs.bodies) == 1


def test_without_a_queue_what_was_put_aside_is_tried_again(mail):
    from messaging.inbound.taking_in import take_in

    Notice.objects.all().delete()
    take_in([notification("ses_open", mail, provider_id="later")], now=NOW)
    Notice.objects.update(next_try_at=NOW)
    type(mail).objects.filter(pk=mail.pk).update(provider_id="later")
    assert poll() == {"events": 1}


def test_over_the_real_protocol_from_a_topic_into_a_queue_to_the_log(moto_aws, settings, mail):
    made = {"region_name": "eu-central-1", "endpoint_url": moto_aws}
    sns, sqs = boto3.client("sns", **made), boto3.client("sqs", **made)
    topic = sns.create_topic(Name="rollcall-events")["TopicArn"]
    settings.EVENT_TOPICS = [topic]
    settings.EVENT_QUEUE_URL = url = sqs.create_queue(QueueName="rollcall-events")["QueueUrl"]
    assert topic == TOPIC
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-central-1:123456789012:rollcall-events"
    )
    sns.publish(TopicArn=topic, Message=payload("ses_bounce_permanent", mail))
    assert poll() == {"events": 1}
    assert mail.events.get().kind == "bounced"
    left = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (left["ApproximateNumberOfMessages"], left["ApproximateNumberOfMessagesNotVisible"]) == ("0", "0")
