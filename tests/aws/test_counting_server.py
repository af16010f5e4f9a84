"""Tests of the stand-in itself: what the crash tests trust must be true."""

import dataclasses
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from messaging.channels import transport_for
from messaging.channels.envelopes import Again, Refused, Sent, Unknown
from tests.aws.counting_server import CountingServer
from tests.aws.fixtures import SendThrough
from tests.messaging.channels.envelopes import SMS


def test_as_a_process_its_ledger_outlives_a_kill(tmp_path: Path, send_through: SendThrough) -> None:
    ledger = tmp_path / "ledger.jsonl"
    command = [
        sys.executable,
        "-m",
        "tests.aws.counting_server",
        "--ledger",
        str(ledger),
        "--fault",
        "throttle=0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        send_through(process.stdout.readline().strip())
        outcome = transport_for("sms").send(SMS)
        process.send_signal(signal.SIGKILL)
    [line] = ledger.read_text().splitlines()
    assert outcome == Sent(json.loads(line)["provider_id"])


def test_its_faults_are_set_and_its_counts_read_over_http(counting_aws: CountingServer) -> None:
    wanted = {"faults": {"accept-then-500": 1}, "latency": 0.001}
    requests.post(f"{counting_aws.url}/control", json=wanted, timeout=5)
    transport_for("sms").send(SMS)
    counts = requests.get(f"{counting_aws.url}/control", timeout=5).json()
    assert (counts["requests"], counts["accepted"]) == (1, 1)


def test_it_takes_whatsapp_as_boto3_sends_it(counting_aws: CountingServer) -> None:
    envelope = dataclasses.replace(SMS, channel="whatsapp", approved="we_missed_you", blanks=("John",))
    outcome = transport_for("whatsapp").send(envelope)
    [line] = counting_aws.accepted
    assert outcome == Sent(line["provider_id"])
    assert (line["channel"], line["address"], line["ref"]) == ("whatsapp", SMS.address, "42")
    assert line["said"]["template"]["name"] == "we_missed_you"


@pytest.mark.parametrize(
    ("fault", "outcome"), [("throttle", Again), ("accept_then_500", Unknown), ("denied", Refused)]
)
def test_it_fails_to_take_whatsapp_as_it_does_the_others(
    counting_aws: CountingServer, fault: str, outcome: type
) -> None:
    counting_aws.fail(**{fault: 1})
    assert isinstance(transport_for("whatsapp").send(dataclasses.replace(SMS, channel="whatsapp")), outcome)


def test_a_probability_is_kept(counting_aws: CountingServer) -> None:
    counting_aws.fail(throttle=0.5)
    outcomes = [transport_for("sms").send(SMS) for _ in range(200)]
    taken = [outcome for outcome in outcomes if isinstance(outcome, Sent)]
    assert 60 < len(taken) < 140
    assert len(counting_aws.accepted) == len(taken)


def test_an_unknown_fault_is_refused(counting_aws: CountingServer) -> None:
    with pytest.raises(ValueError, match="sharknado"):
        counting_aws.fail(sharknado=1)
