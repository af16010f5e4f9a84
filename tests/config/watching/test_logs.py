"""A line of the log says which request or job it belongs to, and nothing about anybody."""

import json
import logging
import re
import sys

import pytest
from celery.app.trace import build_tracer
from celery.app.trace import logger as celery_logger
from django.db import IntegrityError, transaction

from automations import jobs
from config import celery_app
from config.watching.logs import JsonLine, PlainLine, request_id
from tests.factories import MemberFactory

PRIVATE = ("Jane", "Doe", "+15551234567", "jane@mail.example")


def record(message, *args, exc_info=None, name="automations.jobs", **extra):
    made = logging.LogRecord(name, logging.WARNING, __file__, 1, message, args, exc_info)
    vars(made).update(extra)
    return made


def told(*args, **kwargs):
    return json.loads(JsonLine().format(record(*args, **kwargs)))


def raised(error):
    try:
        raise error
    except type(error):
        return sys.exc_info()


def test_a_line_says_when_what_and_where():
    line = told("%s waits", "deliver_messages")
    at = line.pop("at")
    assert at.endswith("+00:00")
    assert line == {"level": "WARNING", "logger": "automations.jobs", "message": "deliver_messages waits"}


def test_a_line_bears_the_id_of_its_request():
    token = request_id.set("abcdefgh")
    try:
        assert told("x")["request"] == "abcdefgh"
        assert " request=abcdefgh x" in PlainLine().format(record("x"))
    finally:
        request_id.reset(token)
    assert "request" not in told("x")


def test_a_line_bears_the_id_of_its_job(db, monkeypatch):
    lines = []
    monkeypatch.setattr(jobs, "deliver", lambda **_: lines.append(told("x")) or {})
    job = jobs.deliver_messages.delay()
    assert (lines[0]["job"], lines[0]["job_name"]) == (job.id, "deliver_messages")


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("Could not reach jane@mail.example", ()),
        ("Number %s is odd", ("+1 555 123 4567",)),
        ("Number %s is odd", ("5551234567",)),
        ("Rang 0555 123 45 67", ()),
        ("It failed: %s", (IntegrityError('key "u"\nDETAIL:  Key (name)=(Jane Doe) already exists.'),)),
        ("It failed: %r", (str(IntegrityError('key "u"\nDETAIL:  Key (name)=(Jane Doe) exists.')),)),
        ("Failing row contains (1, Jane, Doe)", ()),
        ('"GET /admin/members/member/?q=Jane+Doe HTTP/1.1" 200 %s', ("12",)),
    ],
)
def test_what_is_personal_is_left_out_of_the_message(message, args):
    for line in (JsonLine().format(record(message, *args)), PlainLine().format(record(message, *args))):
        for private in (*PRIVATE, "555"):
            # The instant of the line may have such digits of its own.
            assert private not in re.sub(r"\d\d:\d\d\.\d+", "", line)


@pytest.mark.parametrize(
    "message",
    [
        "Task automations.jobs.check_health[0f8fad5b-d9cb-469f-a165-708677289501] succeeded in 0.0123456789s: {'sent': 1}",
        "Listening on 127.0.0.1:8000 since 2025-09-01 10:00:00",
        "Workflow 12345678 of club 3",
        "Connected to redis://:**@127.0.0.1:6379/5 as sender@host",
    ],
)
def test_times_ids_and_places_stay_as_they_are(message):
    assert told(message)["message"] == message


def test_what_a_library_attaches_is_left_out():
    assert "Jane" not in json.dumps(told("x", data={"args": "('Jane',)"}, request="Jane"))


def test_an_error_is_told_by_its_kind_and_place():
    line = told("broke", exc_info=raised(IntegrityError("null value\nDETAIL:  Failing row contains (Jane).")))
    assert "IntegrityError: null value" in line["error"]
    assert "test_logs.py" in line["error"]
    assert "Jane" not in line["error"]


@pytest.mark.django_db
def test_the_log_of_a_job_that_a_database_refuses_holds_no_value():
    """Through Celery's own tracer, which quotes the error in its message, its traceback and its arguments."""
    club = MemberFactory(external_id="Jane-1").club

    @celery_app.task(name="tests.refused")
    def refused(phone):
        with transaction.atomic():
            MemberFactory(club=club, external_id="Jane-1", phone=phone)

    lines = []

    class Kept(logging.Handler):
        def emit(self, made):
            lines.extend([JsonLine().format(made), PlainLine().format(made)])

    handler = Kept()
    celery_logger.addHandler(handler)
    try:
        traced = build_tracer(refused.name, refused, app=celery_app, eager=False)
        traced("id-of-the-job", ("+15551234567",), {}, {"id": "id-of-the-job"})
    finally:
        celery_logger.removeHandler(handler)
    assert lines
    assert "IntegrityError" in lines[0]
    assert json.loads(lines[0])["job"] == "id-of-the-job"
    for line in lines:
        for private in PRIVATE:
            assert private not in line


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("Not Found: %s", ("/me/link/abcSECRETxyz",)),
        ('"GET /me/link/abcSECRETxyz HTTP/1.1" 200 %s', ("12",)),
        ("Not Found: /u/1.sms.SECRET", ()),
        ("Not Found: /p/1.SECRET", ()),
    ],
)
def test_a_link_that_lets_somebody_in_is_left_out(message, args):
    line = told(message, *args)["message"]
    assert "SECRET" not in line
    assert "…" in line
