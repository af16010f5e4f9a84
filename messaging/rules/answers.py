"""What counts as an answer, and which messages members left unanswered: texts that they could have written back to, with no
word from them since."""

import datetime as dt
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from members.models import Club
from members.rules.correspondence import tell_unanswered
from messaging.models import Channel, InboundMessage, Message


def answers() -> QuerySet[InboundMessage]:
    """Whatever a member writes, but an opt-out: for the figures, the log and the retention risk alike."""
    return InboundMessage.objects.exclude(taken_as__in=InboundMessage.OPT_OUTS)


def unanswered(club: Club, since: str, now: dt.datetime) -> Any:
    """As `members.rules.correspondence` asks for it.

    Counted is what was written by hand or counts for the club's limit, which receipts do not. An e-mail counts never, since
    its answer goes past Rollcall, and a text only where the club's number takes answers.
    """
    channels = [Channel.WHATSAPP, *([Channel.SMS] if club.can_be_answered else [])]
    wrote = answers().filter(member=OuterRef("pk"), received_at__gt=OuterRef(since), received_at__lte=now)
    sent = Message.objects.filter(
        Q(is_capped=True) | Q(asked_by__isnull=False),
        member=OuterRef("pk"),
        channel__in=channels,
        status=Message.Status.SENT,
        sent_at__gt=OuterRef(since),
        sent_at__lte=now,
    )
    number = sent.order_by().values("member").annotate(number=Count("pk")).values("number")
    return Case(
        When(Exists(wrote), then=Value(0)),
        default=Coalesce(Subquery(number), 0),
        output_field=IntegerField(),
    )


tell_unanswered(unanswered)
