"""What a person can do about the refusals that AWS is known for."""

import re

from django.utils.translation import gettext_lazy as _

from messaging.channels.envelopes import Again, Outcome, Refused, Sent, Unknown

# The first that fits the provider's words.
KNOWN = [
    (
        r"opted[ _-]?out",
        _(
            "This number answered STOP. Write to it no more; if the member asks for it, opt the number in again in "
            "the SNS console (once in 30 days)."
        ),
    ),
    (
        r"not verified|failed the check|MailFromDomainNotVerified|unverified",
        _(
            "An address or number is not verified in this region. Verify the sender in SES (Identities); while the "
            "account is in the sandbox, verify the recipient too, or ask for production access."
        ),
    ),
    (
        r"sandbox",
        _(
            "The account is in the sandbox: verify this recipient, or ask AWS for production access in this region."
        ),
    ),
    (
        r"no quota left|spend(ing)?[ _-]?(limit|quota|threshold)",
        _(
            "The month's SMS spending limit is used up (1 USD at first). Ask for a higher one in Service Quotas, "
            "then raise the account's limit in the SNS console."
        ),
    ),
    (
        r"daily message quota",
        _("The day's SES quota is used up. It frees itself over 24 hours; ask for a higher one in SES."),
    ),
    (
        r"thrott|too ?many ?requests|rate exceeded|LimitExceeded",
        _("Too fast for the account. Lower SMS_PER_SECOND or EMAILS_PER_SECOND, and try again in a minute."),
    ),
    (
        r"NoCredentials|ProfileNotFound|PartialCredentials|CredentialRetrieval|TokenRetrieval|SSO",
        _(
            "No AWS credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role."
        ),
    ),
    (
        r"InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|InvalidSecurity|Expired",
        _("AWS does not accept these credentials. Check the key, its secret and this machine's clock."),
    ),
    (
        r"AuthorizationError|AccessDenied|not authorized",
        _(
            "The credentials lack a permission. Attach the policy of docs/aws.md (sns:Publish, ses:SendRawEmail)."
        ),
    ),
    (
        r"SendingPaused|AccountSuspended",
        _("AWS has stopped e-mail from this account. The Account dashboard of SES says why."),
    ),
    (
        r"EndpointConnection|ConnectTimeout|ProxyConnection|ConnectionRefused|gaierror|CERTIFICATE_VERIFY",
        _(
            "The provider could not be reached. Check the network, the proxy, AWS_REGION and AWS_ENDPOINT_URL."
        ),
    ),
    (
        r"SMTPAuthentication|\b535\b",
        _("The mail server does not accept the login. Check EMAIL_HOST_USER and EMAIL_HOST_PASSWORD."),
    ),
    (
        r"PhoneNumber|not valid to publish to",
        _("AWS does not take this number. Write it as +, country code and number, and check each digit."),
    ),
    (
        r"SenderID|sender id",
        _("AWS does not take the club's SMS sender in this country. Register it there, or leave it empty."),
    ),
]


def advice_for(outcome: Outcome, channel: str) -> str:
    """What to do next, in a sentence or two."""
    match outcome:
        case Sent() if channel == "sms":
            return str(
                _(
                    "Accepted is not delivered: nothing arrives at an unverified number while SNS is in the SMS sandbox, "
                    "at one that answered STOP, or once the month's spending limit is used up. Then look at the "
                    "delivery log (docs/aws.md)."
                )
            )
        case Sent():
            return str(_("Accepted is not delivered: look into the inbox, and into its spam folder."))
        case Unknown():
            return str(
                _("Nobody knows whether it went out. Look at the phone or the inbox before you try again.")
            )
        case Again(detail=detail) | Refused(detail=detail):
            for pattern, advice in KNOWN:
                if re.search(pattern, detail, re.IGNORECASE):
                    return str(advice)
    return str(
        _("Search for these words in the provider's documentation, or show them to whoever runs the account.")
    )
