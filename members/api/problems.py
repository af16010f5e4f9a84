"""Answers that say no: what went wrong in the form of RFC 9457, with a code that programs may rely on."""

import json

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _


class Problem(Exception):
    """A request that is refused as a whole."""

    def __init__(self, status: int, code: str, detail: str, **headers: str) -> None:
        self.status, self.code, self.detail = status, code, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(detail)


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    body = {
        "type": "about:blank",
        "status": problem.status,
        "code": problem.code,
        "detail": str(problem.detail),
    }
    return HttpResponse(
        json.dumps(body),
        status=problem.status,
        content_type="application/problem+json",
        headers=problem.headers,
    )


def not_found(detail: str) -> Problem:
    return Problem(404, "not_found", detail)


def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The view of every address below the API's that means nothing."""
    return answer(
        request, not_found(_("There is nothing at this address. /api/v1/docs lists what there is."))
    )
