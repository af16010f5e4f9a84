"""How a line of the log is written: plain or JSON, with its request or job, and without anybody's data."""

import datetime as dt
import logging
import re
from contextvars import ContextVar
from typing import Any

from celery import current_task
from pythonjsonlogger.json import JsonFormatter

from automations.rules.job_errors import in_a_line, told, without_values

request_id: ContextVar[str] = ContextVar("request_id", default="")
FIELDS = ["at", "level", "logger", "message", "request", "job", "job_name", "error"]
ASKED = re.compile(r"(/[^\s?]*)\?\S+")
SIGNED = re.compile(r"((?:^|[\s\"'])/(?:me/link|u|p)/)[^\s?\"']+")
"""Addresses that let somebody do something."""


def discreet(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of one line. Only these: what a library attaches to a record may hold anything."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    job = current_task.request if current_task else None
    # What Celery says of a job from outside of it.
    named = record.args if isinstance(record.args, dict) else {}
    at = dt.datetime.fromtimestamp(record.created, dt.UTC)
    return {
        "at": at.isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": _message(record, error),
        "request": request_id.get() or getattr(job, "asked_in", None) or "",
        "job": getattr(job, "id", None) or str(named.get("id") or ""),
        "job_name": (getattr(job, "task", None) or str(named.get("name") or "")).rpartition(".")[2],
        "error": told(error) if error else "",
    }


def _message(record: logging.LogRecord, error: BaseException | None) -> str:
    args: Any = record.args
    if isinstance(args, dict) and "exc" in args:
        # Celery's own words about a job that failed quote the error, which quotes the row.
        args = {**args, "exc": in_a_line(error) if error else "", "traceback": ""}
    elif isinstance(args, tuple):
        args = tuple(in_a_line(arg) if isinstance(arg, BaseException) else arg for arg in args)
    said = str(in_a_line(record.msg) if isinstance(record.msg, BaseException) else record.msg)
    return SIGNED.sub(r"\1…", ASKED.sub(r"\1?…", without_values(said % args if args else said)))


class PlainLine(logging.Formatter):
    """For people at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        told = discreet(record)
        context = "".join(f" {name}={told[name]}" for name in ("request", "job") if told[name])
        line = f"{told['at']} {told['level']} {told['logger']}{context} {told['message']}"
        return f"{line}\n{told['error']}" if told["error"] else line


class JsonLine(JsonFormatter):
    """One object a line, for what collects logs; a field that says nothing is left out."""

    def __init__(self) -> None:
        super().__init__(FIELDS, json_ensure_ascii=False)

    def format(self, record: logging.LogRecord) -> str:
        return self.serialize_log_record({name: value for name, value in discreet(record).items() if value})
