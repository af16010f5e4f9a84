"""What is posted to us is believed only if SNS signed it, with its own certificate, for our topic, lately."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from messaging.inbound import signatures
from messaging.models import MessageEvent, Notice
from tests.factories import NOW
from tests.messaging.inbound.certificates import CertificateServer, Signer, serving
from tests.messaging.inbound.payloads import TOPIC, envelope, payload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
PEM = "/SimpleNotificationService-0123456789abcdef.pem"
SNS = "https://sns.eu-central-1.amazonaws.com"
CONFIRM = f"{SNS}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37fb687f5d51e6e2425e"


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer()


@pytest.fixture(scope="module")
def _server() -> Iterator[CertificateServer]:
    with serving() as server:
        yield server


@pytest.fixture
def sns(_server: CertificateServer, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> CertificateServer:
    signatures.forget_certificates()
    _server.files, _server.redirects, _server.asked = {PEM: signer.pem, "/": b"<ok/>"}, {}, []
    monkeypatch.setattr(signatures, "OPENER", _server.open)
    return _server


def post(body: Any) -> int:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return Client().generic("POST", "/hooks/sns", data, content_type="text/plain; charset=UTF-8").status_code


def bounce(mail: Any) -> str:
    return payload("ses_bounce_permanent", mail)


def confirmation(**fields: str) -> dict[str, Any]:
    whole = envelope("You have chosen to subscribe to the topic …", **fields)
    del whole["UnsubscribeURL"]
    return {
        **whole,
        "Type": "SubscriptionConfirmation",
        "Token": "2336412f37fb",
        "SubscribeURL": CONFIRM,
    } | fields


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [{}, {"Subject": "Amazon SES Email Event Notification"}])
def test_a_genuine_one_is_taken_in(sns, signer, mail, version, subject):
    assert post(signer.sign(envelope(bounce(mail), **subject), version)) == 200
    assert mail.events.get().kind == "bounced"


def test_its_certificate_is_asked_for_once(sns, signer, mail):
    for _ in range(3):
        assert post(signer.sign(envelope(bounce(mail)))) == 200
    assert sns.asked == [SNS + PEM]
    assert mail.events.count() == 1


def test_a_replay_changes_nothing_and_later_is_refused(sns, signer, mail, time_machine):
    genuine = signer.sign(envelope(bounce(mail)))
    assert post(genuine) == post(genuine) == 200
    assert mail.events.count() == 1
    time_machine.move_to(NOW + dt.timedelta(hours=2, seconds=1), tick=False)
    assert post(genuine) == 403


FORGERIES = {
    "another message": {"Message": "{}"},
    "another number": {"MessageId": "00000000-0000-0000-0000-000000000000"},
    "a subject more": {"Subject": "Hello"},
    "another instant": {"Timestamp": "2025-09-01T10:00:01.000Z"},
    "an old instant": {"Timestamp": "2025-09-01T07:59:59.000Z"},
    "an instant ahead": {"Timestamp": "2025-09-01T10:16:00.000Z"},
    "another topic": {"TopicArn": TOPIC.replace("rollcall", "other")},
    "another account": {"TopicArn": TOPIC.replace("123456789012", "999999999999")},
    "another type": {"Type": "Greeting"},
    "no signature": {"Signature": ""},
    "a signature of nothing": {"Signature": "bm90aGluZw=="},
    "a signature not in base 64": {"Signature": "%%%"},
    "version 3": {"SignatureVersion": "3"},
    "version 1 for a signature of version 2": {"SignatureVersion": "1"},
    "without https": {"SigningCertURL": f"http://sns.eu-central-1.amazonaws.com{PEM}"},
    "another host": {"SigningCertURL": f"https://sns.eu-central-1.amazonaws.com.evil.example{PEM}"},
    "a host before": {"SigningCertURL": f"https://evil.sns.eu-central-1.amazonaws.com{PEM}"},
    "a bucket": {"SigningCertURL": f"https://s3.eu-central-1.amazonaws.com/sns{PEM}"},
    "a bucket named like it": {"SigningCertURL": f"https://sns-eu-central-1.s3.amazonaws.com{PEM}"},
    "another region": {"SigningCertURL": f"https://sns.us-east-1.amazonaws.com{PEM}"},
    "China": {"SigningCertURL": f"https://sns.eu-central-1.amazonaws.com.cn{PEM}"},
    "somebody in front": {"SigningCertURL": f"https://sns.eu-central-1.amazonaws.com@evil.example{PEM}"},
    "a login": {"SigningCertURL": f"https://me:x@sns.eu-central-1.amazonaws.com{PEM}"},
    "a port": {"SigningCertURL": f"https://sns.eu-central-1.amazonaws.com:8443{PEM}"},
    "a port that is none": {"SigningCertURL": f"https://sns.eu-central-1.amazonaws.com:x{PEM}"},
    "another path": {"SigningCertURL": f"{SNS}/other.pem"},
    "a path with more": {"SigningCertURL": f"{SNS}/x/..{PEM}"},
    "an upper-case scheme and a file": {"SigningCertURL": "FILE:///etc/ssl/cert.pem"},
    "no certificate": {"SigningCertURL": ""},
}


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_one_is_refused_and_leaves_nothing(sns, signer, mail, change):
    assert post({**signer.sign(envelope(bounce(mail))), **change}) == 403
    assert not MessageEvent.objects.exists()
    assert not Notice.objects.exists()
    assert set(sns.asked) <= {SNS + PEM}


def test_one_that_somebody_else_signed_is_refused(sns, mail):
    assert post(Signer().sign(envelope(bounce(mail)))) == 403


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (NOW - dt.timedelta(days=9), NOW - dt.timedelta(seconds=1)),
        (NOW + dt.timedelta(seconds=1), NOW + dt.timedelta(days=9)),
    ],
)
def test_a_certificate_out_of_its_time_is_refused(sns, mail, since, until):
    other = Signer(since=since, until=until)
    sns.files[PEM] = other.pem
    assert post(other.sign(envelope(bounce(mail)))) == 403


def test_a_key_of_another_kind_is_refused(sns, signer, mail):
    sns.files[PEM] = Signer(kind="ec").pem
    assert post(signer.sign(envelope(bounce(mail)))) == 403


def test_a_redirect_is_not_followed(sns, signer, mail):
    sns.redirects[PEM] = "/elsewhere.pem"
    sns.files["/elsewhere.pem"] = signer.pem
    assert post(signer.sign(envelope(bounce(mail)))) == 503
    assert not MessageEvent.objects.exists()


@pytest.mark.parametrize("found", [None, b"", b"nothing", b"x" * 70_000])
def test_while_there_is_no_certificate_sns_is_asked_to_come_again(sns, signer, mail, found):
    genuine = signer.sign(envelope(bounce(mail)))
    if found is None:
        del sns.files[PEM]
    else:
        sns.files[PEM] = found
    assert post(genuine) == 503
    sns.files[PEM] = signer.pem
    assert post(genuine) == 200


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", b"\xff\xfe", '{"Type": "Notification"}'])
def test_what_is_no_notification_is_refused(sns, body):
    assert post(body) == 400
    assert not Notice.objects.exists()


def test_what_is_cut_off_is_refused(sns, signer, mail):
    whole = json.dumps(signer.sign(envelope(bounce(mail))))
    assert {post(whole[:at]) for at in range(1, len(whole), len(whole) // 20)} == {400}


def test_what_is_too_long_is_refused_unread(sns):
    assert post("x" * 300_001) == 413


def test_only_a_post_is_answered(client):
    assert client.get("/hooks/sns").status_code == 405


def test_without_topics_there_is_nothing_here(settings, client):
    settings.EVENT_TOPICS = []
    assert post("{}") == 404


def test_a_subscription_of_our_topic_is_confirmed(sns, signer):
    assert post(signer.sign(confirmation())) == 200
    assert sns.asked == [SNS + PEM, CONFIRM]


@pytest.mark.parametrize(
    "fields",
    [
        {"TopicArn": TOPIC.replace("rollcall", "other")},
        {"SubscribeURL": "https://evil.example/?Action=ConfirmSubscription"},
        {"SubscribeURL": CONFIRM.replace("https", "http")},
    ],
)
def test_no_other_subscription_is_confirmed(sns, signer, fields):
    assert post(signer.sign(confirmation(**fields))) == 403
    assert set(sns.asked) <= {SNS + PEM}


def test_an_unsigned_confirmation_is_not_followed(sns):
    assert post(confirmation()) == 403
    assert CONFIRM not in sns.asked


def test_a_confirmation_that_fails_comes_again(sns, signer):
    del sns.files["/"]
    assert post(signer.sign(confirmation())) == 503


def test_a_farewell_confirms_nothing(sns, signer):
    assert post(signer.sign({**confirmation(), "Type": "UnsubscribeConfirmation"})) == 200
    assert CONFIRM not in sns.asked


def test_what_is_genuine_but_unreadable_is_kept(sns, signer):
    assert post(signer.sign(envelope('{"eventType": "Bounce"}'))) == 200
    assert Notice.objects.get().problem == Notice.Problem.UNREADABLE
