"""Tests of `manage.py send_test`: one attempt, told plainly."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from messaging.channels import forget_transports
from tests.aws.counting_server import CountingServer
from tests.aws.fixtures import SendThrough
from tests.factories import ClubFactory

pytestmark = pytest.mark.django_db
PHONE = "+41791234567"


def send_test(*arguments: str) -> tuple[int, str]:
    """The exit code and what was printed."""
    printed = io.StringIO()
    try:
        call_command("send_test", *arguments, stdout=printed, no_color=True)
    except SystemExit as ended:
        return int(str(ended.code)), printed.getvalue()
    return 0, printed.getvalue()


def refused_arguments(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("send_test", *arguments)
    assert refused.value.returncode == 2
    return str(refused.value)


def test_an_accepted_text_tells_route_sender_and_id(counting_aws: CountingServer) -> None:
    ClubFactory(sms_sender="IRONGYM")
    code, printed = send_test("sms", PHONE)
    [taken] = counting_aws.accepted
    assert code == 0
    assert taken["address"] == PHONE
    assert taken["attributes"]["AWS.SNS.SMS.SenderID"] == "IRONGYM"
    assert f"Amazon SNS, region eu-central-1, endpoint {counting_aws.url}" in printed
    assert "From: IRONGYM" in printed
    assert f"Accepted. Message id: {taken['provider_id']}" in printed
    assert "sandbox" in printed


def test_an_accepted_email_comes_from_the_chosen_club(counting_aws: CountingServer) -> None:
    ClubFactory(slug="one")
    ClubFactory(slug="two", sender_email="hi@two.example")
    code, printed = send_test("email", "me@mail.example", "--club", "two")
    assert code == 0
    assert len(counting_aws.accepted) == 1
    assert "Amazon SES, region eu-central-1" in printed
    assert "From: hi@two.example" in printed


@pytest.mark.parametrize(
    ("channel", "fault", "words", "advice"),
    [
        (
            "sms",
            "opted_out",
            "Refused: InvalidParameter: Invalid parameter: Phone number is opted out",
            "answered STOP",
        ),
        (
            "sms",
            "invalid_number",
            "Refused: InvalidParameter: Invalid parameter: PhoneNumber Reason",
            "check each digit",
        ),
        (
            "sms",
            "denied",
            "Refused: AuthorizationError: User is not authorized",
            "Attach the policy of docs/aws.md",
        ),
        ("sms", "throttle", "Not sent, may work later: Throttling: Rate exceeded", "Lower SMS_PER_SECOND"),
        ("sms", "accept_then_500", "Nobody knows whether it was sent: InternalFailure", "Look at the phone"),
        (
            "sms",
            "spending",
            "Not sent, may work later: InvalidParameter: No quota left",
            "spending limit is used up",
        ),
        (
            "sms",
            "sandbox",
            "Refused: InvalidParameter: Invalid parameter: the account is in the sandbox",
            "production access",
        ),
        (
            "email",
            "unverified",
            "Refused: MessageRejected: Email address is not verified.",
            "verify the recipient too",
        ),
        ("email", "daily_quota", "Not sent, may work later: LimitExceededException: Daily", "over 24 hours"),
        (
            "email",
            "hang",
            "Nobody knows whether it was sent: ReadTimeoutError",
            "Look at the phone or the inbox",
        ),
    ],
)
def test_what_aws_refuses_is_told_in_its_words_with_advice(
    counting_aws: CountingServer, settings: Any, channel: str, fault: str, words: str, advice: str
) -> None:
    settings.ANYMAIL["AMAZON_SES_CLIENT_PARAMS"]["config"] = {
        **settings.AWS_CLIENT_CONFIG,
        "read_timeout": 0.5,
    }
    counting_aws.fail(**{fault: 1.0})
    code, printed = send_test(channel, PHONE if channel == "sms" else "me@mail.example")
    assert code == 1
    assert words in printed
    assert advice in printed.split("What to do: ")[1]
    assert len(counting_aws.requests) == 1


def test_an_endpoint_out_of_reach_is_told(send_through: SendThrough) -> None:
    send_through("http://127.0.0.1:9")
    code, printed = send_test("sms", PHONE)
    assert code == 1
    assert "Could not connect to the endpoint URL" in printed
    assert "Check the network" in printed


def test_missing_credentials_are_told(counting_aws: CountingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    forget_transports()
    code, printed = send_test("sms", PHONE)
    assert code == 1
    assert "Unable to locate credentials" in printed
    assert "Set AWS_ACCESS_KEY_ID" in printed


def test_the_console_says_that_nothing_left(settings: Any, tmp_path: Path) -> None:
    settings.TRANSPORT, settings.MESSAGE_FILE = "console", tmp_path / "messages.log"
    code, printed = send_test("sms", PHONE)
    assert code == 0
    assert "nothing leaves this machine" in printed
    assert "To: Test (SMS)" in settings.MESSAGE_FILE.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sms", "079 123 45 67"), "no phone number"),
        (("sms", "+155555501"), "No network could connect"),
        (("sms", "me@mail.example"), "no phone number"),
        (("email", "me"), "no e-mail address"),
        (("sms", PHONE, "--club", "three"), "There are: one, two"),
        (("sms", PHONE), "--club one or --club two"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_tried(
    counting_aws: CountingServer, arguments: tuple[str, ...], words: str
) -> None:
    ClubFactory(slug="one", name="One")
    ClubFactory(slug="two", name="Two")
    assert words in refused_arguments(*arguments)
    assert counting_aws.requests == []


def test_an_unknown_channel_is_refused() -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("send_test", "fax", PHONE)
