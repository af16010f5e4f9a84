"""Each request gets an id that its lines in the log bear, and is counted by what it asked for and how it ended.

A server's web processes count together: in files of one folder, which `share_counts` names before anything is counted.
"""

import logging
import os
import re
import shutil
import socket
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from django.http import HttpRequest, HttpResponse

from config.watching.logs import request_id

logger = logging.getLogger(__name__)

Respond = Callable[[HttpRequest], HttpResponse]
SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
SLOW = 5.0
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
UNUSED_FOR = 2 * 86_400


def watched(respond: Respond) -> Respond:
    """Middleware. An id that a proxy in front gave is kept if it has a sane form."""
    # Imported where requests are served and nowhere else: a worker has none to count.
    from config.watching.counters import REQUESTS, SECONDS

    def watch(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        own = given if SANE.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(own)
        begun = time.perf_counter()
        try:
            response = respond(request)
            took = time.perf_counter() - begun
            method = request.method if request.method in METHODS else "other"
            part = _part(request)
            REQUESTS.labels(part, method, response.status_code).inc()
            SECONDS.labels(part).observe(took)
            level = logging.WARNING if took > SLOW else logging.DEBUG
            logger.log(level, "%s %s: %s in %.3f s", method, part, response.status_code, took)
            response["X-Request-ID"] = own
            return response
        finally:
            request_id.reset(token)

    return watch


def _part(request: HttpRequest) -> str:
    """The page's name, or that of the whole part it belongs to: few, whatever is asked for."""
    found = request.resolver_match
    return (found.namespaces[0] if found.namespaces else found.view_name) or "unnamed" if found else "none"


def share_counts(folder: Path) -> None:
    """Let all web processes of this server count into one folder of their own in `folder`, beginning at zero.

    They have their parent in common. What servers that are gone left behind is removed.
    """
    if FOLDER in os.environ:
        return
    for old in folder.glob("*"):
        if all(time.time() - file.stat().st_mtime > UNUSED_FOR for file in (old, *old.glob("*"))):
            shutil.rmtree(old, ignore_errors=True)
    ours = folder / f"{socket.gethostname()}-{os.getppid()}"
    ours.mkdir(parents=True, exist_ok=True)
    os.environ[FOLDER] = str(ours)
