"""How SNS, End User Messaging (texts and WhatsApp) and SES put a message, an acceptance and a refusal on the wire."""

import base64
import email
import email.policy
import json
from typing import Any
from urllib.parse import parse_qs


class Sns:
    """`Publish` in the query protocol: a form goes in, XML comes out."""

    @staticmethod
    def message(body: str) -> dict[str, Any]:
        """SNS carries no id of ours, so that the text itself is the reference."""
        form = {key: values[0] for key, values in parse_qs(body).items()}
        names = [key for key in form if key.endswith(".Name")]
        attributes = {form[key]: form[key.replace(".Name", ".Value.StringValue")] for key in names}
        return {
            "channel": "sms",
            "address": form["PhoneNumber"],
            "ref": form.get("Message", ""),
            "attributes": attributes,
        }

    @staticmethod
    def acceptance(provider_id: str) -> str:
        return _xml("PublishResponse", f"<PublishResult><MessageId>{provider_id}</MessageId></PublishResult>")

    @staticmethod
    def refusal(code: str, words: str) -> str:
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error>"
        return _xml("ErrorResponse", error)


class EndUserMessaging:
    """`SendTextMessage` in JSON 1.0: the operation in a header, JSON both ways."""

    TARGET = "PinpointSMSVoiceV2.SendTextMessage"

    @staticmethod
    def message(body: str) -> dict[str, Any]:
        request = json.loads(body)
        return {
            "channel": "sms",
            "address": request["DestinationPhoneNumber"],
            "ref": request.get("Context", {}).get("rollcall_message", ""),
            "request": request,
        }

    @staticmethod
    def acceptance(provider_id: str) -> str:
        return json.dumps({"MessageId": provider_id})

    @staticmethod
    def refusal(code: str, words: str) -> str:
        return json.dumps({"__type": code, "Message": words})


class Social:
    """`SendWhatsAppMessage`: JSON both ways, with Meta's own message as a blob inside; the code of a refusal in a header."""

    PATH = "/v1/whatsapp/send"

    @staticmethod
    def message(body: str) -> dict[str, Any]:
        request = json.loads(body)
        said = json.loads(base64.b64decode(request["message"]))
        return {
            "channel": "whatsapp",
            "address": said["to"],
            "ref": said["biz_opaque_callback_data"].removeprefix("rollcall_message:"),
            "number": request["originationPhoneNumberId"],
            "said": said,
        }

    @staticmethod
    def acceptance(provider_id: str) -> str:
        return json.dumps({"messageId": provider_id})

    @staticmethod
    def refusal(code: str, words: str) -> str:
        return json.dumps({"message": words})


class Ses:
    """`SendEmail` of SESv2 with a raw message: JSON both ways, the code of a refusal in a header."""

    PATH = "/v2/email/outbound-emails"

    @staticmethod
    def message(body: str) -> dict[str, Any]:
        request = json.loads(body)
        tags = {tag["Name"]: tag["Value"] for tag in request.get("EmailTags", [])}
        mime = base64.b64decode(request["Content"]["Raw"]["Data"]).decode()
        return {
            "channel": "email",
            "address": request["Destination"]["ToAddresses"][0],
            "ref": tags.get("rollcall_message", ""),
            "subject": email.message_from_string(mime, policy=email.policy.default)["Subject"],
            "mime": mime,
        }

    @staticmethod
    def acceptance(provider_id: str) -> str:
        return json.dumps({"MessageId": provider_id})

    @staticmethod
    def refusal(code: str, words: str) -> str:
        return json.dumps({"message": words})


def _xml(root: str, inside: str) -> str:
    return f'<{root} xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{inside}</{root}>'
