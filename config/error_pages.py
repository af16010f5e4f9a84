"""Whose error page it is: below /me/ the member's, elsewhere the staff's."""

from django.http import HttpRequest, HttpResponse
from django.views import csrf, defaults

from messaging.centre.errors import nothing_here, open_too_long
from messaging.centre.pages import PATH


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(PATH):
        return nothing_here(request)
    return defaults.page_not_found(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if request.path.startswith(PATH):
        return open_too_long(request)
    return csrf.csrf_failure(request, reason)
