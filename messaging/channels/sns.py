"""SMS through Amazon SNS."""

from typing import TYPE_CHECKING

from django.conf import settings

from messaging.channels.aws import AwsTransport
from messaging.channels.envelopes import Envelope

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class SnsTransport(AwsTransport):
    service = "sns"

    def call(self, client: "SNSClient", envelope: Envelope) -> str:
        attributes = {"AWS.SNS.SMS.SMSType": settings.SMS_TYPE}
        if envelope.sms_sender:
            attributes["AWS.SNS.SMS.SenderID"] = envelope.sms_sender
        elif envelope.sms_number:
            attributes["AWS.MM.SMS.OriginationNumber"] = envelope.sms_number
        answer = client.publish(
            PhoneNumber=envelope.address,
            Message=envelope.text,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
        return answer["MessageId"]
