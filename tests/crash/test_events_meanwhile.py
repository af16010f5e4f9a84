"""Senders and those who take in events are killed while events arrive, receipts of texts among them: nobody gets two, what
left is known to have left, and what the events say is written down once."""

import datetime as dt
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from messaging.inbound.taking_in import try_again
from messaging.models import Message, MessageEvent, Notice, Suppression
from tests.crash.accounts import (
    A_WHILE,
    EVERY_CHANNEL,
    IN_HAND,
    Status,
    bury,
    follow_up,
    in_the_inboxes,
    messages_in,
    sweep_later,
)
from tests.crash.conftest import THREADS
from tests.crash.processes import Processes, Provider
from tests.crash.spool import CarriersLog, Spool
from tests.messaging.inbound.payloads import TOPIC, envelope, payload

MEMBERS = 40
BY_PROVIDERS = len({*EVERY_CHANNEL} - {"in_app"}) * MEMBERS
TOLD = {
    "email": {"ses_send": "accepted", "ses_delivery": "delivered", "ses_open": "opened"},
    "whatsapp": {"whatsapp_sent": "accepted", "whatsapp_delivered": "delivered", "whatsapp_read": "opened"},
    "sns": {"sns_receipt_success": "delivered"},
    "end_user_messaging": {
        "text_successful": "accepted",
        "text_unreachable_so_far": "delayed",
        "text_delivered": "delivered",
    },
}
"""What is told of each message, and as what it is written down; of texts, by the service that they go through."""


def known_as(line: dict[str, Any]) -> str:
    """The number by which the message goes once something was told of it."""
    number = str(line["provider_id"])
    return f"wamid.{number}" if line["channel"] == "whatsapp" else number


class Postman:
    """Brings what is told of each message that the provider took, out of order, some twice; one e-mail in five bounces for good.

    Receipts of texts through SNS go into the carriers' log, which is read again and again; all else goes into the queue.
    """

    def __init__(
        self, provider: Provider, spool: Spool, log: CarriersLog, sms_service: str, rng: random.Random
    ) -> None:
        self.provider, self.spool, self.log, self.rng = provider, spool, log, rng
        self.told_of = {**TOLD, "sms": TOLD[sms_service]}
        self.told: dict[str, dict[str, str]] = {}

    def bring(self) -> None:
        try:
            accepted = self.provider.accepted
        except json.JSONDecodeError:
            # The provider is writing its last line; next time, then.
            return
        for line in accepted:
            if known_as(line) not in self.told:
                self.told[known_as(line)] = told = dict(self.told_of[line["channel"]])
                if line["channel"] == "email" and self.rng.random() < 0.2:
                    told["ses_bounce_permanent"] = "bounced"
                self._bring_about(line, list(told))

    def _bring_about(self, line: dict[str, Any], names: list[str]) -> None:
        # SNS hands back no number of ours: the carrier's receipt is known by its phone alone where nobody heard the provider's.
        about = {"provider_id": line["provider_id"], "address": line["address"]}
        if "sns_receipt_success" in names:
            receipt = json.loads(payload("sns_receipt_success", **about))
            receipt["notification"]["timestamp"] = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"
            self.log.put(receipt)
            return
        for n, name in enumerate(self.rng.sample([*names, *names[:2]], len(names) + 2)):
            said = payload(name, tag=line["ref"], wamid=known_as(line), **about)
            self.spool.put(f"{line['provider_id']}-{n}", json.dumps(envelope(said)))


@pytest.mark.postgresql
@pytest.mark.parametrize("sms_service", ["sns", "end_user_messaging"])
def test_kills_of_both_while_events_arrive_send_nobody_two_and_leave_nothing_unknown(
    processes: Processes,
    provider: Provider,
    rng: random.Random,
    tmp_path: Path,
    settings: Any,
    sms_service: str,
) -> None:
    settings.EVENT_TOPICS = [TOPIC]
    spool, log = Spool(tmp_path / "spool"), CarriersLog(tmp_path / "receipts.jsonl")
    processes.environment["SMS_SERVICE"] = sms_service
    hears = {
        "SPOOL": str(spool.folder),
        "EVENT_TOPICS": TOPIC,
        "EVENT_QUEUE_URL": "https://queue.example/1",
        "RECEIPTS": str(log.file),
        "SMS_RECEIPT_LOG_GROUPS": "sns/receipts",
    }
    # Slow enough that what is told of the first arrives while the next are sent.
    provider.behave(latency=0.05)
    postman = Postman(provider, spool, log, sms_service, rng)
    club = follow_up(MEMBERS, channels=EVERY_CHANNEL)
    sender, listener = processes.worker("deliver"), processes.worker("hear", **hears)
    spare, next_listener = processes.worker("deliver"), processes.worker("hear", **hears)
    processes.until(lambda: sender.is_ready and listener.is_ready, "both stand by")
    listener.go()
    sender.go()

    def is_half_way() -> bool:
        postman.bring()
        is_heard = MessageEvent.objects.filter(message__channel="sms", kind="delivered").exists()
        return is_heard and provider.taken >= BY_PROVIDERS // 2

    processes.until(is_half_way, "half is sent, and what is told of texts is heard")
    listener.kill()
    sender.kill()
    bury(processes, listener)
    bury(processes, sender)
    struck = messages_in(Status.SENDING)
    dead = set(Message.objects.filter(status__in=IN_HAND).values_list("claim", flat=True))
    next_listener.go()
    spare.go()

    def is_sent() -> bool:
        postman.bring()
        alive = Message.objects.filter(status__in=IN_HAND).exclude(claim__in=dead)
        return not messages_in(Status.QUEUED) and not alive.exists()

    processes.until(is_sent, "only the dead hold messages")
    sweep_later()
    processes.until(lambda: is_sent() and not messages_in(*IN_HAND), "nothing is left to send")
    postman.bring()
    processes.until(lambda: not spool.waiting, "every event is taken in")
    # What was told of a message while a sender wrote it was put aside for a minute.
    try_again(now=timezone.now() + A_WHILE)
    processes.until(lambda: not untold_texts(provider), "every receipt of a text is taken in")

    taken_by = Counter(
        (line["channel"], line["address"]) for line in provider.accepted + in_the_inboxes(club)
    )
    assert set(taken_by.values()) == {1}, "somebody got two"
    rows = {(row.channel, row.address): row for row in Message.objects.filter(club=club)}
    assert len(rows) == len(EVERY_CHANNEL) * MEMBERS
    for key, row in rows.items():
        # What the provider took is known to have left, whoever was killed; what it did not take is for a person.
        assert row.status == (Status.SENT if key in taken_by else Status.UNKNOWN), key
    assert len(rows) - len(taken_by) <= THREADS
    print("being sent at the kill:", struck, "never taken:", len(rows) - len(taken_by))
    everything_told_is_written_down_once(postman)
    assert not Notice.objects.exists()


def untold_texts(provider: Provider) -> int:
    """How many of the texts that left are not yet known to have arrived."""
    texts = {line["address"] for line in provider.accepted if line["channel"] == "sms"}
    return len(texts) - Message.objects.filter(channel="sms", address__in=texts, fate="delivered").count()


def everything_told_is_written_down_once(postman: Postman) -> None:
    bounced = 0
    events = Counter(
        MessageEvent.objects.exclude(key="")
        .exclude(kind="settled")
        .values_list("message__provider_id", "kind")
    )
    assert events == Counter(
        (provider_id, kind) for provider_id, told in postman.told.items() for kind in told.values()
    )
    for provider_id, told in postman.told.items():
        bounced += (has_bounced := "ses_bounce_permanent" in told)
        message = Message.objects.get(provider_id=provider_id)
        arrived = "delivered" if message.channel == "sms" else "opened"
        assert message.fate == ("bounced" if has_bounced else arrived)
    assert Suppression.objects.filter(cause="bounced").count() == bounced
