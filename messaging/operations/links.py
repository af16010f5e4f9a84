"""Keeping where the short links of messages lead, and what happens when one is followed."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F

from messaging.models import MessageEvent, MessageLink
from messaging.operations.events import Heard, record_events
from messaging.rules.fates import Told
from messaging.rules.short_links import ShortLink

MOST_TOLD = 20
"""Clicks on one link that are written down one by one; more are only counted."""
OPT_OUT = "/u/"
"""Who stops the messages has read one, and did not come back for it."""


class HasLinks(Protocol):
    @property
    def message_id(self) -> int: ...
    @property
    def links(self) -> Sequence[ShortLink]: ...


def keep_links(envelopes: Iterable[HasLinks]) -> None:
    """Before the messages leave: one statement, none where there are no links. The same link again is the same row."""
    links = [
        MessageLink(message_id=envelope.message_id, token=link.token, target=link.target)
        for envelope in envelopes
        for link in envelope.links
    ]
    if links:
        MessageLink.objects.bulk_create(
            links, update_conflicts=True, unique_fields=["token"], update_fields=["target"]
        )


def target_of(token: str) -> MessageLink | None:
    """The link of this token with its message, unless it was deleted with the words."""
    return MessageLink.objects.select_related("message").filter(token=token).exclude(target="").first()


@transaction.atomic
def follow(link: MessageLink, *, is_person: bool, now: dt.datetime) -> None:
    """Count that it was asked for; by a person, it is told of its message too."""
    if not is_person:
        MessageLink.objects.filter(pk=link.pk).update(previews=F("previews") + 1)
        return
    MessageLink.objects.filter(pk=link.pk).update(clicks=F("clicks") + 1)
    if link.clicks >= MOST_TOLD or is_opt_out(link.target):
        return
    message = link.message
    record_events(
        [
            Heard(
                channel=message.channel,
                told=Told(kind=MessageEvent.Kind.CLICKED, happened_at=now),
                provider_id=message.provider_id,
                tag=message.pk,
                address=message.address,
                detail=without_keys(link.target),
                has_one_id=False,
            )
        ],
        now=now,
        waits=True,
    )


def is_opt_out(target: str) -> bool:
    return target.startswith(settings.PUBLIC_URL + OPT_OUT)


def without_keys(target: str) -> str:
    """What follows a question mark may be a key to somebody's choice, and so may what lies on our own host."""
    parts = urlsplit(target)
    own = urlsplit(settings.PUBLIC_URL).netloc
    return f"{parts.scheme}://{parts.netloc}" + ("" if parts.netloc == own else parts.path)
