"""Tests of which transport is used and how long it is kept."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3.session
import pytest
from django.core.exceptions import ImproperlyConfigured

from messaging.channels import forget_transports, transport_for
from messaging.channels.console import ConsoleTransport
from messaging.channels.email import EmailTransport
from messaging.channels.envelopes import Sent
from messaging.channels.sns import SnsTransport
from tests.aws.counting_server import CountingServer
from tests.messaging.channels.envelopes import EMAIL, SMS


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The boto3 sessions made during the test."""
    made: list[object] = []
    session = boto3.session.Session

    class Counted(session):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            made.append(self)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(boto3.session, "Session", Counted)
    return made


def test_settings_choose_the_transport(settings: Any) -> None:
    settings.TRANSPORT = "console"
    assert isinstance(transport_for("sms"), ConsoleTransport)
    assert isinstance(transport_for("email"), ConsoleTransport)
    forget_transports()
    settings.TRANSPORT = "aws"
    assert isinstance(transport_for("sms"), SnsTransport)
    assert isinstance(transport_for("email"), EmailTransport)


@pytest.mark.parametrize(("name", "channel"), [("pigeon", "sms"), ("aws", "fax")])
def test_an_unknown_transport_or_channel_is_named(settings: Any, name: str, channel: str) -> None:
    settings.TRANSPORT = name
    with pytest.raises(ImproperlyConfigured, match=f"'{channel}' under TRANSPORT='{name}'"):
        transport_for(channel)


def test_one_client_serves_the_whole_process(counting_aws: CountingServer, sessions: list[object]) -> None:
    for envelope in (SMS, EMAIL) * 5:
        assert isinstance(transport_for(envelope.channel).send(envelope), Sent)
    assert len(sessions) == 2
    assert counting_aws.connections == 2


def test_threads_that_start_together_share_one_client(
    counting_aws: CountingServer, sessions: list[object]
) -> None:
    start = threading.Barrier(16)

    def send(envelope: Any) -> None:
        start.wait()
        transport_for(envelope.channel).send(envelope)

    threads = [threading.Thread(target=send, args=[envelope]) for envelope in (SMS, EMAIL) * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counting_aws.accepted) == 16
    assert len(sessions) == 2


def test_threads_that_ask_together_get_the_same_transport(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRANSPORT = "console"
    monkeypatch.setattr(ConsoleTransport, "__init__", lambda self: time.sleep(0.05))
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(transport_for, ["sms"] * 8))) == 1


def test_a_forked_process_makes_its_own(settings: Any) -> None:
    settings.TRANSPORT = "console"
    inherited = transport_for("sms")
    child = os.fork()
    if child == 0:
        os._exit(0 if transport_for("sms") is not inherited else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_what_an_envelope_shows_in_a_log_is_not_private() -> None:
    shown = repr(SMS)
    assert "42" in shown
    for private in (SMS.address, SMS.first_name, SMS.text, SMS.unsubscribe_url):
        assert private not in shown
