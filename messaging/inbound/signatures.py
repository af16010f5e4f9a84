"""Whether a notification that was posted to us is Amazon SNS's own: its signature, its certificate, its topic, its age.

The rules: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
Version 1 signs with SHA1, version 2 with SHA256; which one is a setting of the topic.
"""

import base64
import binascii
import datetime as dt
import http.client
import re
import urllib.error
import urllib.request
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings

from messaging.inbound.notifications import CONFIRMATION, GOODBYE, NOTIFICATION, Notification

SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    GOODBYE: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
"""What is signed, in its order; a notification without a subject has none."""
OLDEST = dt.timedelta(hours=2)
"""SNS goes on trying for an hour at most; whoever brings one later recorded it."""
AHEAD = dt.timedelta(minutes=15)
SECONDS = 5
LARGEST_CERTIFICATE = 64_000
CERTIFICATES_KEPT = 16
CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")


class Forged(Exception):
    """It is not to be believed; says in a few words why."""


class NotNow(Exception):
    """Whether it is genuine cannot be found out at the moment."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Followed nowhere: what the certificate's own host does not say, nobody says."""


def open_url(url: str) -> bytes:
    """What lies at this address; raises NotNow. Follows no redirect and sends no cookie."""
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(url, timeout=SECONDS) as answer:
            found: bytes = answer.read(LARGEST_CERTIFICATE + 1)
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        raise NotNow(type(error).__name__) from error
    if len(found) > LARGEST_CERTIFICATE:
        raise NotNow("too long an answer")
    return found


OPENER: Callable[[str], bytes] = open_url
"""How addresses of SNS are asked; tests put a server of their own in its place."""

_kept: OrderedDict[str, Any] = OrderedDict()


def verify(notification: Notification, *, now: dt.datetime) -> None:
    """Raises Forged unless SNS signed it for one of the configured topics lately, and NotNow if that cannot be told."""
    if notification.topic not in settings.EVENT_TOPICS:
        raise Forged("another topic")
    if notification.type not in SIGNED:
        raise Forged("another type")
    if not now - OLDEST <= notification.sent_at <= now + AHEAD:
        raise Forged("too old, or ahead of its time")
    _check_signature(notification, _key_of(notification, now))


def _key_of(notification: Notification, now: dt.datetime) -> Any:
    where = notification.fields.get("SigningCertURL", "")
    if not is_of_sns(where, notification.topic) or not CERTIFICATE.fullmatch(urlsplit(where).path):
        raise Forged("a certificate from elsewhere")
    certificate = _certificate(where)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Forged("a certificate out of its time")
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise Forged("a certificate of another kind")
    return key


def _check_signature(notification: Notification, key: Any) -> None:
    # SHA1 is what version 1 is; a topic can be set to version 2.
    algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}.get(notification.fields.get("SignatureVersion", ""))
    if algorithm is None:
        raise Forged("another version of the signature")
    try:
        signature = base64.b64decode(notification.fields.get("Signature", ""), validate=True)
        key.verify(signature, signed_words(notification), padding.PKCS1v15(), algorithm())
    except (binascii.Error, ValueError):
        raise Forged("a signature that is none") from None
    except InvalidSignature:
        raise Forged("a signature that does not fit") from None


def signed_words(notification: Notification) -> bytes:
    """What SNS signs: the names and values that count, each on a line."""
    lines = []
    for name in SIGNED[notification.type]:
        if name in notification.fields:
            lines += [name, notification.fields[name]]
    return "".join(f"{line}\n" for line in lines).encode()


def is_of_sns(url: str, topic: str) -> bool:
    """Whether this is an https address of exactly the SNS of the topic's own region."""
    _arn, partition, _sns, region, *_rest = topic.split(":")
    domain = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and parts.netloc == f"sns.{region}.{domain}" and port is None


def confirm(notification: Notification) -> None:
    """Tell SNS that we want what this topic says; for a verified SubscriptionConfirmation. Raises Forged or NotNow."""
    where = notification.fields.get("SubscribeURL", "")
    if not is_of_sns(where, notification.topic):
        raise Forged("a confirmation to elsewhere")
    OPENER(where)


def _certificate(url: str) -> Any:
    """Kept once it was read; a failure is not."""
    if url not in _kept:
        try:
            certificate = x509.load_pem_x509_certificate(OPENER(url))
        except ValueError as error:
            raise NotNow("what should be a certificate is none") from error
        while len(_kept) >= CERTIFICATES_KEPT:
            _kept.popitem(last=False)
        _kept[url] = certificate
    return _kept[url]


def forget_certificates() -> None:
    """Ask for them anew."""
    _kept.clear()
