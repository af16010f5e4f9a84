"""SMS through Amazon SNS."""

import threading
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from django.conf import settings

from messaging.channels.envelopes import Envelope, Outcome, Sent
from messaging.channels.errors import not_begun, outcome_of

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class SnsTransport:
    """Keeps one client, which all threads share."""

    def __init__(self) -> None:
        self._opening = threading.Lock()
        self._client: SNSClient | None = None

    def send(self, envelope: Envelope) -> Outcome:
        attributes = {"AWS.SNS.SMS.SMSType": settings.SMS_TYPE}
        if envelope.sms_sender:
            attributes["AWS.SNS.SMS.SenderID"] = envelope.sms_sender
        try:
            client = self._open()
        except Exception as error:  # looking for credentials may fail in many ways
            return not_begun(error)
        try:
            answer = client.publish(
                PhoneNumber=envelope.address,
                Message=envelope.text,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )
            return Sent(answer["MessageId"])
        except Exception as error:  # whatever it is, the outcome must be recorded
            if isinstance(error, NoCredentialsError):
                self._client = None  # It looks for them only once, when it is made.
            return outcome_of(error)

    def _open(self) -> "SNSClient":
        with self._opening:
            if self._client is None:
                self._client = boto3.session.Session().client(
                    "sns",
                    region_name=settings.AWS_REGION,
                    endpoint_url=settings.AWS_ENDPOINT_URL,
                    config=Config(**settings.AWS_CLIENT_CONFIG),
                )
            return self._client
