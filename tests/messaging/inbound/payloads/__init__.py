"""Complete notices as AWS and Meta send them, in their documented forms, with blanks for what names the message.

SES: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html · replies:
https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html · WhatsApp:
https://docs.aws.amazon.com/social-messaging/latest/userguide/managing-event-destination-dlrs.html
· texts: https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html
"""

import datetime as dt
import json
import uuid
from pathlib import Path
from string import Template
from typing import Any

from messaging.models import Message
from tests.factories import NOW

HERE = Path(__file__).parent
TOPIC = "arn:aws:sns:eu-central-1:123456789012:rollcall-events"
SES = sorted(path.stem for path in HERE.glob("ses_*.json"))
TEXTS = sorted(path.stem for path in HERE.glob("text_*.json"))
SES_ID = "0107010198f1d2ab-5a3c2a4e-0d7f-4b1a-9c5e-3f0a7d1b2c3d-000000"
WAMID = "wamid.HBgLNDE3OTEyMzQ1NjcVAgARGBI5RUQxMDBBNkQ0RTQ0QUY0QUIA"
"""As WhatsApp names the message that it tells of, or that is answered."""


def payload(
    name: str,
    message: Message | None = None,
    *,
    tag: object = "",
    provider_id: str = "",
    address: str = "",
    wamid: str = WAMID,
) -> str:
    """The notice of this name, about this message."""
    to = address or (message.address if message else "")
    return Template((HERE / f"{name}.json").read_text()).substitute(
        tag=tag or (message.pk if message else ""),
        provider_id=provider_id or (message.provider_id if message else "") or SES_ID,
        address=to,
        digits=to.lstrip("+"),
        wamid=wamid,
    )


def envelope(message: str, *, topic: str = TOPIC, at: dt.datetime = NOW, **fields: str) -> dict[str, Any]:
    """The notification that SNS wraps around it, with a signature that is none."""
    region = topic.split(":")[3]
    return {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": topic,
        "Message": message,
        "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z",
        "SignatureVersion": "1",
        "Signature": "bm90aGluZw==",
        "SigningCertURL": f"https://sns.{region}.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "UnsubscribeURL": f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={topic}:1",
        **fields,
    }


def notification(name: str, message: Message | None = None, **given: Any) -> str:
    """The notice as it stands in the queue."""
    return json.dumps(envelope(payload(name, message, **given)))
