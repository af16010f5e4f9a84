"""Senders and those who take in events are killed while events arrive: nobody gets two, what left is known to have left,
and what the events say is written down once."""

import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from messaging.inbound.receipts import take_in_receipts
from messaging.inbound.taking_in import try_again
from messaging.models import Message, MessageEvent, Notice, Suppression
from tests.crash.accounts import A_WHILE, IN_HAND, Status, bury, follow_up, messages_in, sweep_later
from tests.crash.conftest import THREADS
from tests.crash.processes import Processes, Provider
from tests.crash.spool import Spool
from tests.messaging.inbound.payloads import TOPIC, envelope, payload

MEMBERS = 60
CHANNELS = ("sms", "email", "whatsapp")
TOLD = {
    "email": ["ses_send", "ses_delivery", "ses_open"],
    "whatsapp": ["whatsapp_sent", "whatsapp_delivered", "whatsapp_read"],
}


class Postman:
    """Brings the events of each e-mail and WhatsApp message that the provider took, out of order, some twice; one e-mail in
    five bounces for good."""

    def __init__(self, provider: Provider, spool: Spool, rng: random.Random) -> None:
        self.provider, self.spool, self.rng = provider, spool, rng
        self.told: dict[str, set[str]] = {}

    def bring(self) -> None:
        try:
            accepted = self.provider.accepted
        except json.JSONDecodeError:
            # The provider is writing its last line; next time, then.
            return
        new = [line for line in accepted if line["channel"] in TOLD and line["provider_id"] not in self.told]
        for line in new:
            names = list(TOLD[line["channel"]])
            if line["channel"] == "email" and self.rng.random() < 0.2:
                names.append("ses_bounce_permanent")
            self.told[line["provider_id"]] = set(names)
            for n, name in enumerate(self.rng.sample([*names, *names[:2]], len(names) + 2)):
                said = payload(
                    name, tag=line["ref"], provider_id=line["provider_id"], address=line["address"]
                )
                self.spool.put(f"{line['ref']}-{n}", json.dumps(envelope(said)))


def receipt_of(line: dict[str, Any]) -> dict[str, Any]:
    """As the carrier's log has it, by the phone alone where the number was never heard."""
    said = json.loads(
        payload("sns_receipt_success", provider_id=line["provider_id"], address=line["address"])
    )
    message = Message.objects.get(channel="sms", address=line["address"])
    assert message.claimed_at
    said["notification"]["timestamp"] = f"{message.claimed_at:%Y-%m-%d %H:%M:%S.%f}"
    return {"timestamp": int(time.time() * 1000), "message": json.dumps(said)}


@pytest.mark.postgresql
def test_kills_of_both_while_events_arrive_send_nobody_two_and_leave_nothing_unknown(
    processes: Processes, provider: Provider, rng: random.Random, tmp_path: Path, settings: Any
) -> None:
    settings.EVENT_TOPICS = [TOPIC]
    spool = Spool(tmp_path / "spool")
    hears = {"SPOOL": str(spool.folder), "EVENT_TOPICS": TOPIC, "EVENT_QUEUE_URL": "https://queue.example/1"}
    postman = Postman(provider, spool, rng)
    club = follow_up(MEMBERS, channels=CHANNELS)
    sender, listener = processes.worker("deliver"), processes.worker("hear", **hears)
    spare, next_listener = processes.worker("deliver"), processes.worker("hear", **hears)
    sender.go()
    listener.go()

    def taken(number: int) -> bool:
        postman.bring()
        return provider.taken >= number

    processes.until(lambda: taken(len(CHANNELS) * MEMBERS // 2), "half is sent")
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
    texts = [line for line in provider.accepted if line["channel"] == "sms"]
    for _ in range(2):
        take_in_receipts([receipt_of(line) for line in texts], now=timezone.now())

    taken_by = Counter((line["channel"], line["address"]) for line in provider.accepted)
    assert set(taken_by.values()) == {1}, "somebody got two"
    rows = {(row.channel, row.address): row for row in Message.objects.filter(club=club)}
    assert len(rows) == len(CHANNELS) * MEMBERS
    for key, row in rows.items():
        # What the provider took is known to have left, whoever was killed; what it did not take is for a person.
        assert row.status == (Status.SENT if key in taken_by else Status.UNKNOWN), key
    assert len(rows) - len(taken_by) <= THREADS
    print("being sent at the kill:", struck, "never taken:", len(rows) - len(taken_by))
    everything_told_is_written_down_once(postman)
    assert not Notice.objects.exists()


def everything_told_is_written_down_once(postman: Postman) -> None:
    kinds = {"ses_bounce_permanent": "bounced"}
    for names in TOLD.values():
        kinds |= zip(names, ("accepted", "delivered", "opened"), strict=True)
    bounced = 0
    events = Counter(
        MessageEvent.objects.filter(message__channel__in=TOLD)
        .exclude(key="")
        .exclude(kind="settled")
        .values_list("message__provider_id", "kind")
    )
    for provider_id, names in postman.told.items():
        for name in names:
            assert events[provider_id, kinds[name]] == 1, (provider_id, name)
        has_bounced = "ses_bounce_permanent" in names
        bounced += has_bounced
        fate = Message.objects.get(provider_id=provider_id).fate
        assert fate == ("bounced" if has_bounced else "opened")
    assert Suppression.objects.filter(cause="bounced").count() == bounced
