"""WhatsApp through AWS End User Messaging Social: a template approved at Meta, with its blanks filled in, or words of our own
to whoever wrote within the day."""

import json
from typing import Any

from django.conf import settings

from messaging.channels.aws import AwsTransport
from messaging.channels.envelopes import Envelope, Outcome, Refused

TAG = "rollcall_message"


class WhatsAppTransport(AwsTransport):
    service = "socialmessaging"

    def send(self, envelope: Envelope) -> Outcome:
        if not _number(envelope):
            return Refused("WHATSAPP_PHONE_NUMBER_ID is not set: there is no number to send from.")
        return super().send(envelope)

    def call(self, client: Any, envelope: Envelope) -> str:
        answer = client.send_whatsapp_message(
            originationPhoneNumberId=_number(envelope),
            message=json.dumps(message_of(envelope), ensure_ascii=False).encode(),
            metaApiVersion=settings.WHATSAPP_API_VERSION,
        )
        return str(answer["messageId"])


def _number(envelope: Envelope) -> str:
    return envelope.whatsapp_number or str(settings.WHATSAPP_PHONE_NUMBER_ID)


def message_of(envelope: Envelope) -> dict[str, Any]:
    """The message in the form of Meta's Cloud API."""
    kind = "template" if envelope.approved else "text"
    return {
        "messaging_product": "whatsapp",
        "to": envelope.address,
        "type": kind,
        # Meta hands it back with each status.
        "biz_opaque_callback_data": f"{TAG}:{envelope.message_id}",
        kind: _approved(envelope) if envelope.approved else {"body": envelope.text},
    }


def _approved(envelope: Envelope) -> dict[str, Any]:
    blanks = [{"type": "text", "text": " ".join(blank.split())} for blank in envelope.blanks]
    return {
        "name": envelope.approved,
        "language": {"code": envelope.language},
        "components": [{"type": "body", "parameters": blanks}] if blanks else [],
    }
