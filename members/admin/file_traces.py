"""What remains of a file that came in or went out: a line in the log of who did what, and the file as it is handed over."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.http import HttpRequest, StreamingHttpResponse


def leave_trace(request: HttpRequest, model: Any, what: str, words: str) -> None:
    """Note who moved which rows of this kind."""
    LogEntry.objects.create(
        user_id=person_of(request),
        content_type=get_content_type_for_model(model),
        object_repr=what[:200],
        action_flag=CHANGE,
        change_message=words,
    )


def person_of(request: HttpRequest) -> int:
    """The key of whoever asks."""
    assert request.user.pk, "the admin lets nobody in without a login"
    return int(request.user.pk)


def download(lines: Iterator[str], content_type: str, name: str) -> StreamingHttpResponse:
    """The lines as a file of this name."""
    response = StreamingHttpResponse(lines, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
