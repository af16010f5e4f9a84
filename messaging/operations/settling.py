"""What a person decides about one message: try again, it did or did not arrive, do not send; each leaves who said so.

Each is one compare-and-set on the status that the person saw, so of two people, or of a person and a worker that has
the message in hand, only one succeeds. A message that may have reached somebody is never queued again before a person
has said that it did not arrive.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from members.models.bulk import update_rows
from members.models.compiled import Among
from messaging.gates import Skip, ask, open_from
from messaging.models import Message, MessageEvent
from messaging.rules.reasons import BY_HAND, in_words

Status = Message.Status

DEEDS: dict[str, tuple[str, ...]] = {
    Status.FAILED: ("try_again",),
    Status.UNKNOWN: ("arrived", "not_arrived"),
    Status.QUEUED: ("hold_off",),
    # Nothing has left yet: a worker marks it as being sent only if it is still its own.
    Status.CLAIMED: ("hold_off",),
}
"""What a person may decide about a message, by its status."""


ANEW: dict[str, Any] = {
    "status": Status.QUEUED,
    "attempts": 0,
    "claim": None,
    "claimed_at": None,
    "reason": "",
    "error": "",
    "ended_at": None,
}
"""How a message stands that goes back into the outbox."""


class NotPossible(Exception):
    """Says why, in a sentence for the person."""


@transaction.atomic
def try_again(*, message_id: int, by: str, now: dt.datetime) -> None:
    """Back into the outbox, where every gate is asked once more before it leaves.

    Refused at once where a gate would skip it anyway, such as for a member who opted out or came back meanwhile.
    """
    # Locked, so that the job that deletes old words does not take them meanwhile.
    rows = Message.objects.select_for_update(of=("self",)).select_related("club", "member__club")
    message = rows.get(pk=message_id)
    if message.blanked_at:
        raise NotPossible(
            _(
                "Its words were deleted, as old ones are, so it cannot be sent any more. Please write a new one."
            )
        )
    if message.template_id is None:
        raise NotPossible(_("Its template was deleted, so there are no words to send."))
    verdict = ask([message], now).get(message.pk)
    if isinstance(verdict, Skip):
        raise NotPossible(_("It would not be sent: %(reason)s.") % {"reason": in_words(verdict.reason)})
    due_at, expires_at = _hours_anew(message, now)
    said = _("%(who)s: try again.") % {"who": by}
    _settle(message_id, (Status.FAILED,), said, now, due_at=due_at, expires_at=expires_at, **ANEW)


@transaction.atomic
def try_many_again(*, message_ids: Collection[int], by: str, now: dt.datetime) -> int:
    """The same for each of these that failed and that no gate would skip; how many. The others stay as they are."""
    found = Message.objects.filter(
        Among("pk", message_ids), status=Status.FAILED, template__isnull=False, blanked_at=None
    )
    rows = found.select_related("club", "member__club", "template").order_by("pk")
    failed = list(rows.select_for_update(of=("self",)))
    verdicts = ask(failed, now)
    again = [message for message in failed if not isinstance(verdicts.get(message.pk), Skip)]
    hours = [(message.pk, *_hours_anew(message, now)) for message in again]
    update_rows(Message, ["due_at", "expires_at"], hours, to_all=ANEW, where={"status": Status.FAILED})
    tell([message.pk for message in again], _("%(who)s: try again.") % {"who": by}, now)
    return len(again)


def _hours_anew(message: Message, now: dt.datetime) -> tuple[dt.datetime, dt.datetime | None]:
    """When it is due and of no use any more, as if it had just been asked for, with as much patience as it had."""
    due_at = open_from(message.member, now)
    patience = message.expires_at - message.created_at if message.expires_at else None
    return due_at, due_at + patience if patience else None


@transaction.atomic
def settle_unknown(*, message_id: int, arrived: bool, by: str, now: dt.datetime) -> None:
    """Somebody asked the member or looked at the provider's log."""
    if arrived:
        # Without its claim a late answer of the worker that sent it can no longer put it back into the queue.
        said = _("%(who)s: it did arrive.") % {"who": by}
        sent_at = Coalesce(F("claimed_at"), now)
        changes = {"status": Status.SENT, "sent_at": sent_at, "error": "", "claim": None}
    else:
        # With it, a worker that hears late that it did leave still sets this right.
        said = _("%(who)s: it did not arrive.") % {"who": by}
        changes = {"status": Status.FAILED, "error": said}
    _settle(message_id, (Status.UNKNOWN,), said, now, reason="", ended_at=now, **changes)


@transaction.atomic
def hold_off(*, message_id: int, by: str, now: dt.datetime) -> None:
    """It will not be sent, unless it is on its way already."""
    _settle(
        message_id,
        (Status.QUEUED, Status.CLAIMED),
        _("%(who)s: do not send.") % {"who": by},
        now,
        status=Status.SKIPPED,
        reason=BY_HAND,
        claim=None,
        ended_at=now,
    )


def _settle(
    message_id: int, seen: tuple[Status, ...], said: str, now: dt.datetime, **changes: object
) -> None:
    if not Message.objects.filter(pk=message_id, status__in=seen).update(**changes):
        is_now = Message.objects.get(pk=message_id).get_status_display()
        raise NotPossible(_("Somebody was quicker: it is now “%(status)s”.") % {"status": is_now})
    tell([message_id], said, now)


def tell(message_ids: Collection[int], said: str, now: dt.datetime) -> None:
    """One line in the story of each."""
    MessageEvent.objects.bulk_create(
        MessageEvent(message_id=pk, kind=MessageEvent.Kind.SETTLED, detail=said, happened_at=now)
        for pk in message_ids
    )
