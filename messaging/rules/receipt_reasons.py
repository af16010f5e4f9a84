"""Why a message did not arrive, in codes that can be counted, and those codes in words.

The words of SNS: https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html · the events of End User Messaging:
https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OPTED_OUT = "opted_out"
OTHER = "other"

# By how SNS puts it.
OF_SNS = {
    "blocked as spam by phone carrier": "carrier_spam",
    "destination is on a blocked list": "blocked_list",
    "destination is blocked": "blocked_list",
    "invalid phone number": "invalid_number",
    "message body is invalid": "invalid_words",
    "phone carrier has blocked this message": "carrier_blocked",
    "phone carrier is currently unreachable/unavailable": "carrier_unreachable",
    "phone has blocked sms": "phone_blocks",
    "phone is on a blocked list": "blocked_list",
    "phone is currently unreachable/unavailable": "phone_unreachable",
    "phone number is opted out": OPTED_OUT,
    "this delivery would exceed max price": "max_price",
    "no quota left for account": "no_quota",
    "unknown error attempting to reach phone": "unknown_error",
}

# By the event of End User Messaging, whose description is mostly one of the above.
OF_TEXTS = {
    "TEXT_BLOCKED": "text_blocked",
    "TEXT_CARRIER_BLOCKED": "carrier_blocked",
    "TEXT_CARRIER_UNREACHABLE": "carrier_unreachable",
    "TEXT_INVALID": "invalid_number",
    "TEXT_INVALID_MESSAGE": "invalid_words",
    "TEXT_PROTECT_BLOCKED": "protect_blocked",
    "TEXT_SPAM": "carrier_spam",
    "TEXT_TTL_EXPIRED": "out_of_time",
    "TEXT_UNREACHABLE": "phone_unreachable",
}

WORDS: dict[str, "StrOrPromise"] = {
    "carrier_spam": gettext_lazy("The carrier took it for spam"),
    "blocked_list": gettext_lazy("The number is on a list of blocked ones"),
    "invalid_number": gettext_lazy("There is no such number"),
    "invalid_words": gettext_lazy("The words cannot be sent"),
    "carrier_blocked": gettext_lazy("The carrier blocked it"),
    "carrier_unreachable": gettext_lazy("The carrier could not be reached"),
    "phone_blocks": gettext_lazy("The phone blocks texts"),
    "phone_unreachable": gettext_lazy("The phone was off or out of reach"),
    "text_blocked": gettext_lazy("The phone or its carrier blocks texts"),
    "protect_blocked": gettext_lazy("AWS's protection blocks this country or number"),
    "out_of_time": gettext_lazy("It could not be handed over in time"),
    OPTED_OUT: gettext_lazy("The number answered STOP"),
    "max_price": gettext_lazy("It would have cost more than allowed"),
    "no_quota": gettext_lazy("The month's spending limit was used up"),
    "unknown_error": gettext_lazy("The phone could not be reached, no reason given"),
    "general": gettext_lazy("There is no such address"),
    "no_email": gettext_lazy("There is no such address"),
    "suppressed": gettext_lazy("The address bounced before"),
    "on_account_suppression_list": gettext_lazy("The address is on AWS's own suppression list"),
    "mailbox_full": gettext_lazy("The mailbox is full"),
    "mailbox_unavailable": gettext_lazy("The mailbox did not take it for now"),
    "message_too_large": gettext_lazy("The mail is too large"),
    "content_rejected": gettext_lazy("The mail server did not like the words"),
    "attachment_rejected": gettext_lazy("The mail server did not like an attachment"),
    "undetermined": gettext_lazy("The mail server gave no clear reason"),
    "bad_content": gettext_lazy("SES found something harmful in it"),
    "rendering_failure": gettext_lazy("SES could not fill it in"),
    "abuse": gettext_lazy("Marked as spam"),
    "complaint": gettext_lazy("Marked as spam"),
    "fraud": gettext_lazy("Marked as fraud"),
    "virus": gettext_lazy("Marked as harmful"),
    "whatsapp_131026": gettext_lazy("The number is not on WhatsApp, or cannot be reached there"),
    "whatsapp_131047": gettext_lazy("More than 24 hours since the member last wrote"),
    "whatsapp_131049": gettext_lazy("WhatsApp held it back: too many of this kind to this member"),
    "whatsapp_131050": gettext_lazy("The member stopped offers and news in WhatsApp"),
    OTHER: gettext_lazy("For another reason"),
}


def reason_of(words: str, event: str = "") -> str:
    """The code for what SNS, or this event of End User Messaging, says; OTHER for what is not known."""
    return OF_SNS.get(words.strip().rstrip(".").lower()) or OF_TEXTS.get(event, OTHER)


def reason_in_words(code: str) -> str:
    """One short sentence without its full stop; the code itself, made readable, where it is not known."""
    if code in WORDS:
        return str(WORDS[code])
    if code.startswith("whatsapp_"):
        return _("WhatsApp's error %(number)s") % {"number": code.removeprefix("whatsapp_")}
    return code.replace("_", " ").capitalize() if code else _("No reason given")
