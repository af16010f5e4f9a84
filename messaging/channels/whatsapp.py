"""WhatsApp through AWS End User Messaging Social: a template approved at Meta, with its blanks filled in."""

import json
import threading
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from django.conf import settings

from messaging.channels.envelopes import Envelope, Outcome, Refused, Sent
from messaging.channels.errors import not_begun, outcome_of


class WhatsAppTransport:
    """Keeps one client, which all threads share."""

    def __init__(self) -> None:
        self._opening = threading.Lock()
        self._client: Any = None

    def send(self, envelope: Envelope) -> Outcome:
        if not settings.WHATSAPP_PHONE_NUMBER_ID:
            return Refused("WHATSAPP_PHONE_NUMBER_ID is not set: there is no number to send from.")
        try:
            client = self._open()
        except Exception as error:  # looking for credentials may fail in many ways
            return not_begun(error)
        try:
            answer = client.send_whatsapp_message(
                originationPhoneNumberId=settings.WHATSAPP_PHONE_NUMBER_ID,
                message=json.dumps(message_of(envelope), ensure_ascii=False).encode(),
                metaApiVersion=settings.WHATSAPP_API_VERSION,
            )
            return Sent(answer["messageId"])
        except Exception as error:  # whatever it is, the outcome must be recorded
            if isinstance(error, NoCredentialsError):
                self._client = None  # It looks for them only once, when it is made.
            return outcome_of(error)

    def _open(self) -> Any:
        with self._opening:
            if self._client is None:
                self._client = boto3.session.Session().client(
                    "socialmessaging",
                    region_name=settings.AWS_REGION,
                    endpoint_url=settings.AWS_ENDPOINT_URL,
                    config=Config(**settings.AWS_CLIENT_CONFIG),
                )
            return self._client


def message_of(envelope: Envelope) -> dict[str, Any]:
    """The message in the form of Meta's Cloud API."""
    blanks = [{"type": "text", "text": " ".join(blank.split())} for blank in envelope.blanks]
    return {
        "messaging_product": "whatsapp",
        "to": envelope.address,
        "type": "template",
        "template": {
            "name": envelope.approved,
            "language": {"code": envelope.language or "en"},
            "components": [{"type": "body", "parameters": blanks}] if blanks else [],
        },
    }
