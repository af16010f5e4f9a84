"""A message that a person sends to one member now: through the same outbox and the same gates as any other."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from members.models import Member
from members.rules.days import AwayClock
from messaging.channels.envelopes import Envelope
from messaging.gates import MEMBER_GATES, Skip, Verdict, ask
from messaging.models import Message, MessageTemplate
from messaging.operations.outbox import queue_messages
from messaging.operations.wording import Unfilled, envelope_of
from messaging.signals import message_queued

ORIGIN = "by hand"
PATIENCE = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Preview:
    """What would be said, or why nothing could be; and what would keep it from leaving now."""

    envelope: Envelope | None
    unfilled: str
    verdict: Verdict | None
    stopped: str
    """Why it would not be sent at all, in a sentence; empty if it may be sent, now or later."""


def preview(
    *, member: Member, template: MessageTemplate, now: dt.datetime, repeats: Message | None = None
) -> Preview:
    """Ask every gate and fill in the words, and write nothing; `repeats` is one whose own values and words it takes."""
    # No message has this id, so no gate finds anything that belongs to one.
    message = Message(
        pk=0,
        club=member.club,
        member=member,
        channel=template.channel,
        origin=ORIGIN,
        template=template,
        context=repeats.context if repeats else _context(member, now),
        own_words=repeats.own_words if repeats else None,
    )
    verdict = ask([message], now).get(0)
    stopped = _sentence(verdict.reason, template) if isinstance(verdict, Skip) else ""
    try:
        return Preview(envelope_of(message), "", verdict, stopped)
    except Unfilled as problem:
        return Preview(None, str(problem), verdict, stopped or f"{problem} {_('Choose another template.')}")


@transaction.atomic
def send_by_hand(
    *,
    member: Member,
    template: MessageTemplate,
    token: uuid.UUID,
    asked_by_id: int | None,
    now: dt.datetime,
    repeats: Message | None = None,
) -> tuple[Message, bool]:
    """Queue it; the message, and whether it is new: a `token` leads to one message, however often it is handed in.

    One that `repeats` another takes that one's own values and words. What only waits is queued. Raises ValidationError if a
    gate would stop it or its words cannot be filled.
    """
    if sent := Message.objects.filter(token=token, member=member).first():
        return sent, False
    if stopped := preview(member=member, template=template, now=now, repeats=repeats).stopped:
        raise ValidationError(stopped)
    try:
        with transaction.atomic():
            (message,) = queue_messages(
                template=template,
                recipients=[(member, repeats.context if repeats else _context(member, now))],
                origin=ORIGIN,
                now=now,
                patience=PATIENCE,
                asked_by_id=asked_by_id,
                token=token,
                priority=Message.Priority.HIGH,
                own_words=repeats.own_words if repeats else None,
            )
    except IntegrityError:
        # The other of two clicks was faster.
        if sent := Message.objects.filter(token=token, member=member).first():
            return sent, False
        raise ValidationError(_("Please open the question again.")) from None
    message_queued.send(sender=Message)
    return message, True


def _context(member: Member, now: dt.datetime) -> dict[str, str]:
    last_on = member.last_attended_on()
    return {"days_away": str(AwayClock.of(member.club, now).days_away(last_on))} if last_on else {}


def _sentence(reason: str, template: MessageTemplate) -> str:
    return next(
        (gate.text(template.channel, template.category) for gate in MEMBER_GATES if gate.reason == reason),
        _("A gate would stop it: %(reason)s.") % {"reason": reason.replace("_", " ")},
    )
