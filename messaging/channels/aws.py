"""What the channels through AWS have in common: one client, which all threads share, and what becomes of one call."""

import threading
from typing import Any, ClassVar

import boto3
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from django.conf import settings

from messaging.channels.envelopes import Envelope, Outcome, Sent
from messaging.channels.errors import not_begun, outcome_of


class AwsTransport:
    service: ClassVar[str]
    """As boto3 calls it."""

    def __init__(self) -> None:
        self._opening = threading.Lock()
        self._client: Any = None

    def call(self, client: Any, envelope: Envelope) -> str:
        """The one call that sends; the provider's ID of the message."""
        raise NotImplementedError

    def send(self, envelope: Envelope) -> Outcome:
        try:
            client = self._open()
        except Exception as error:  # looking for credentials may fail in many ways
            return not_begun(error)
        try:
            return Sent(self.call(client, envelope))
        except Exception as error:  # whatever it is, the outcome must be recorded
            if isinstance(error, NoCredentialsError):
                self._client = None  # It looks for them only once, when it is made.
            return outcome_of(error)

    def _open(self) -> Any:
        with self._opening:
            if self._client is None:
                self._client = boto3.session.Session().client(
                    self.service,  # type: ignore[call-overload]
                    region_name=settings.AWS_REGION,
                    endpoint_url=settings.AWS_ENDPOINT_URL,
                    config=Config(**settings.AWS_CLIENT_CONFIG),
                )
            return self._client
