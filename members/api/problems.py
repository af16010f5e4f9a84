"""Answers that say no: what went wrong in the form of RFC 9457, with a code that programs may rely on."""

import json
from collections.abc import Callable
from typing import Any

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


def methods_told_as_problems(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware: the API's framework answers a method that an address does not have before it asks anybody here."""

    def middleware(request: HttpRequest) -> Any:
        response = get_response(request)
        if response.status_code != 405 or not request.path.startswith("/api/"):
            return response
        allowed = ", ".join(sorted(response["Allow"].replace(" ", "").split(",")))
        words = {"method": request.method, "allowed": allowed}
        detail = _("%(method)s means nothing at this address. It takes: %(allowed)s.") % words
        return answer(request, Problem(405, "method_not_allowed", detail, Allow=allowed))

    return middleware
