"""WhatsApp takes words that Meta did not approve only within 24 hours after somebody wrote from that phone."""

import datetime as dt
from collections.abc import Mapping, Sequence

from messaging.gates.base import Skip
from messaging.models import Channel, InboundMessage, Message
from messaging.rules.reasons import NO_CONVERSATION

OPEN_FOR = dt.timedelta(hours=24)


class ConversationGate:
    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> Mapping[int, Skip]:
        unapproved = [
            message
            for message in messages
            if message.channel == Channel.WHATSAPP
            and message.template
            and not message.template.whatsapp_template
        ]
        if not unapproved:
            return {}
        wrote = InboundMessage.objects.filter(
            channel=Channel.WHATSAPP,
            from_address__in={message.member.phone for message in unapproved},
            received_at__gt=now - OPEN_FOR,
            # These may have been chosen in the settings, where nobody wrote.
        ).exclude(taken_as__in=[InboundMessage.TakenAs.NO_OFFERS, InboundMessage.TakenAs.OFFERS])
        phones = set(wrote.values_list("from_address", flat=True))
        return {
            message.pk: Skip(NO_CONVERSATION) for message in unapproved if message.member.phone not in phones
        }
