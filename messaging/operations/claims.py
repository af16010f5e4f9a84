"""Taking due messages in hand: a batch that nobody else has until it is swept, with what its gates and words ask for."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, Q
from django.utils import timezone

from members.models import Club, Member
from members.models.compiled import Among
from messaging.models import Message, MessageTemplate, SendingSwitch

MOST_CLAIMED = 64

NOT_ASKED_FOR = (
    *("address", "subject", "text_body", "html_body", "action_url", "template_version", "variant"),
    *("asked_by", "token", "created_at", "claimed_at", "sent_at", "ended_at", "provider_id", "error"),
    *("member__custom", "member__told_at", "member__changed_at", "member__origin", "member__inquired_on"),
    *("member__stage", "member__membership_status", "member__is_recurring"),
    *("member__follow_up_status", "member__follow_up_status_since"),
    *("member__retention_risk", "member__retention_risk_since", "member__retention_risk_reasons"),
)
"""What neither a gate nor a placeholder asks of a message or its member; reading it costs as much as the rest."""

CLUB, TEMPLATE = Message._meta.get_field("club"), Message._meta.get_field("template")
CLUB_OF_MEMBER, TRAINER = Member._meta.get_field("club"), Member._meta.get_field("trainer")

Status = Message.Status


def claim(now: dt.datetime, only: Q | None = None, most: int = MOST_CLAIMED) -> list[Message]:
    """Take a small batch of due messages for this process; nobody else has them until they are swept."""
    # What a slow account could not send within seconds is left to others, and to later checks.
    size = min(most, max(1, int(10 * min(settings.SMS_PER_SECOND, settings.EMAILS_PER_SECOND))))
    token = uuid.uuid4()
    with transaction.atomic():
        due = Message.objects.filter(
            only or Q(),
            ~Exists(SendingSwitch.objects.filter(is_paused=True)),
            status=Status.QUEUED,
            due_at__lte=now,
            club__sending_paused=False,
        ).order_by("due_at", "-priority", "pk")
        ids = list(due.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:size])
        if not ids:
            return []
        # The real clock: this is about whether a process is alive, whatever instant it delivers as of.
        Message.objects.filter(Among("pk", ids)).update(
            status=Status.CLAIMED, claim=token, claimed_at=timezone.now()
        )
    ours = Message.objects.filter(Among("pk", ids), claim=token).select_related("member")
    claimed = list(ours.defer(*NOT_ASKED_FOR).order_by("due_at", "-priority", "pk"))
    _add_what_they_share(claimed)
    return claimed


def _add_what_they_share(claimed: Sequence[Message]) -> None:
    """A batch shares a club and a template or two: fetched once, not with each row."""
    clubs = Club.objects.in_bulk({message.club_id for message in claimed})
    templates = MessageTemplate.objects.in_bulk({message.template_id for message in claimed} - {None})
    trainers = get_user_model().objects.in_bulk({message.member.trainer_id for message in claimed} - {None})
    for message in claimed:
        member, club = message.member, clubs[message.club_id]
        CLUB.set_cached_value(message, club)
        CLUB_OF_MEMBER.set_cached_value(member, club)
        TEMPLATE.set_cached_value(message, templates.get(message.template_id))
        TRAINER.set_cached_value(member, trainers.get(member.trainer_id))
