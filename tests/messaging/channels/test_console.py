"""Tests of sending to the terminal and a file."""

import dataclasses
import io
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from messaging.channels.console import ConsoleTransport
from messaging.channels.envelopes import Again, Sent
from tests.messaging.channels.envelopes import EMAIL, HOSTILE_NAMES, SMS


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    settings.MESSAGE_FILE = tmp_path / "new" / "messages.log"
    return settings.MESSAGE_FILE


def test_a_text_is_printed_and_filed_in_the_promised_form(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = (
        "To: John (SMS)\n"
        "Body: Hey John, we missed you last week! Book your next class here 📌 https://book.example/\n\n"
    )
    assert ConsoleTransport().send(SMS) == Sent("console-42")
    assert file.read_text() == expected
    assert capsys.readouterr().out == expected


def test_an_email_has_its_subject(file: Path) -> None:
    ConsoleTransport().send(EMAIL)
    assert (
        file.read_text()
        == "To: John (E-mail)\nSubject: We missed you, John\nBody: Hey John, we missed you.\n\n"
    )


def test_records_of_many_threads_stay_whole(file: Path) -> None:
    envelopes = [dataclasses.replace(SMS, message_id=n, text=f"{n} " + "x" * 5000) for n in range(400)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ConsoleTransport().send, envelopes))
    records = file.read_text().split("\n\n")[:-1]
    assert len(records) == 400
    assert all(re.fullmatch(r"To: John \(SMS\)\nBody: \d+ x{5000}", record) for record in records)
    assert len(set(records)) == 400


@pytest.mark.parametrize(
    "name", [*HOSTILE_NAMES, "Eve\n\nTo: Bob (SMS)\nBody: forged", "Eve\u2028To: Bob (SMS)"]
)
def test_no_name_can_pose_as_a_record(file: Path, name: str) -> None:
    forged = dataclasses.replace(
        EMAIL, first_name=name, subject=f"Hi {name}", text=f"Hi {name}\n\nTo: Bob (SMS)"
    )
    ConsoleTransport().send(forged)
    lines = file.read_text().splitlines()
    assert [line.split(":")[0] for line in lines if line[:1].strip()] == ["To", "Subject", "Body"]
    assert "".join(name.split()) in "".join(lines[0].split())


def test_a_text_cannot_command_the_terminal(file: Path) -> None:
    ConsoleTransport().send(dataclasses.replace(SMS, first_name="\x1b]0;Eve\x07", text="\x1b[2J\x9b2J hello"))
    assert file.read_text() == "To: ]0;Eve (SMS)\nBody: [2J2J hello\n\n"


def test_a_file_that_cannot_be_written_is_tried_again_later(settings: Any, tmp_path: Path) -> None:
    settings.MESSAGE_FILE = tmp_path
    assert ConsoleTransport().send(SMS) == Again(f"{tmp_path}: Is a directory")


def test_a_terminal_without_emoji_does_not_unsend(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert ConsoleTransport().send(SMS) == Sent("console-42")
    assert "📌" in file.read_text()


def test_only_the_owner_may_read_the_file(file: Path) -> None:
    ConsoleTransport().send(SMS)
    assert file.stat().st_mode & 0o777 == 0o600
