"""Uploaded files are private, bound to one person, imported once, and gone after a day."""

import datetime as dt
import io
import json
import os
import stat

import pytest
from django.utils import timezone

from members.transfer import uploads
from members.transfer.rows import UnreadableFile
from tests.factories import ClubFactory

pytestmark = pytest.mark.django_db

FILE = b"id,first_name\n1,Ana\n"


@pytest.fixture(autouse=True)
def directory(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path / "imports"


@pytest.fixture
def club():
    return ClubFactory()


def keep(club, content=FILE, user_id=1, called="members.csv", now=None):
    now = now or timezone.now()
    return uploads.keep(file=io.BytesIO(content), called=called, user_id=user_id, club=club, now=now)


def test_only_the_owner_of_the_process_may_read_it(club, directory):
    path = keep(club).path
    assert path.parent == directory
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert path.read_bytes() == FILE


def test_a_token_leads_its_person_to_it_and_nobody_else(club):
    upload = keep(club)
    assert uploads.find(token=upload.token, user_id=1) == upload
    for token, user_id in ((upload.token, 2), (upload.token + "x", 1), ("made-up", 1)):
        with pytest.raises(uploads.NotThere):
            uploads.find(token=token, user_id=user_id)


def test_a_token_is_good_for_a_day(club, time_machine):
    time_machine.move_to("2025-09-01T10:00Z", tick=False)
    token = keep(club).token
    time_machine.shift(dt.timedelta(hours=23))
    assert uploads.find(token=token, user_id=1)
    time_machine.shift(dt.timedelta(hours=2))
    with pytest.raises(uploads.NotThere):
        uploads.find(token=token, user_id=1)


@pytest.mark.parametrize("called", ["../../etc/passwd", "/etc/passwd.json", "x" * 300, "a\x00b.csv"])
def test_its_name_at_home_decides_nothing_but_its_form(club, directory, called):
    upload = keep(club, b"[]" if called.endswith(".json") else FILE, called=called)
    assert upload.path.parent == directory
    assert upload.path.suffix == (".json" if called.endswith(".json") else ".csv")


@pytest.mark.parametrize("content", [b"", b"no,columns\n", b"id\n1\n\xff\n", b"[" * 2_000_000, b"PK\x03\x04"])
def test_what_stops_making_sense_is_not_kept(club, directory, content):
    with pytest.raises(UnreadableFile):
        keep(club, content)
    assert list(directory.iterdir()) == []


def test_it_is_taken_once_and_leaves_only_what_is_to_be_told(club, directory):
    upload = keep(club)
    assert upload.outcome() is None
    with uploads.taken(upload) as (path, outcome):
        assert path.read_bytes() == FILE
        assert upload.is_being_imported
        outcome["created"] = 1
        with pytest.raises(uploads.AlreadyTaken), uploads.taken(upload):
            pass
    assert not upload.is_being_imported
    assert upload.outcome() == {"created": 1}
    assert [json.loads(path.read_text()) for path in directory.iterdir()] == [{"created": 1}]
    with pytest.raises(uploads.AlreadyTaken), uploads.taken(upload):
        pass


def test_it_waits_again_if_the_import_failed(club):
    upload = keep(club)
    with pytest.raises(RuntimeError), uploads.taken(upload):
        raise RuntimeError
    assert upload.outcome() is None
    assert upload.path.read_bytes() == FILE


def test_the_next_upload_removes_ones_own_that_wait_and_everybodys_that_are_old(club):
    mine, theirs, old, elevenths = (
        keep(club),
        keep(club, user_id=2),
        keep(club, user_id=3),
        keep(club, user_id=11),
    )
    two_days_ago = (timezone.now() - dt.timedelta(days=2)).timestamp()
    os.utime(old.path, (two_days_ago, two_days_ago))
    new = keep(club)
    assert [each.path.exists() for each in (mine, theirs, old, elevenths, new)] == [
        False,
        True,
        False,
        True,
        True,
    ]


def test_the_daily_job_removes_the_old_ones(club):
    upload = keep(club)
    assert uploads.remove_old(now=timezone.now()) == 0
    assert uploads.remove_old(now=timezone.now() + dt.timedelta(days=2)) == 1
    assert not upload.path.exists()
