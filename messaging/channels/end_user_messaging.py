"""SMS through AWS End User Messaging, the successor of texts through SNS: with a configuration set, a context and a protection."""

from typing import Any

from django.conf import settings

from messaging.channels.aws import AwsTransport
from messaging.channels.envelopes import Envelope

TAG = "rollcall_message"


class EndUserMessagingTransport(AwsTransport):
    service = "pinpoint-sms-voice-v2"

    def call(self, client: Any, envelope: Envelope) -> str:
        """`SendTextMessage`; its context comes back with every event, so that an unknown outcome can be settled by it."""
        chosen = {
            # A phone number, sender ID or pool; without one AWS takes one of the account's.
            "OriginationIdentity": envelope.sms_sender or envelope.sms_number or settings.SMS_ORIGINATION,
            "ConfigurationSetName": settings.SMS_CONFIGURATION_SET,
            "ProtectConfigurationId": settings.SMS_PROTECT_CONFIGURATION,
            "TimeToLive": settings.SMS_TTL_SECONDS,
        }
        answer = client.send_text_message(
            DestinationPhoneNumber=envelope.address,
            MessageBody=envelope.text,
            MessageType=settings.SMS_TYPE.upper(),
            Context={TAG: str(envelope.message_id)},
            **{name: value for name, value in chosen.items() if value},
        )
        return str(answer["MessageId"])
