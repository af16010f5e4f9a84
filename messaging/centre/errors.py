"""What goes wrong on the member's own pages, told there: nothing at an address, and a form that was open for too long."""

from django.http import HttpRequest, HttpResponse

from messaging.centre.pages import open_page, page, signed_in


@open_page
def nothing_here(request: HttpRequest) -> HttpResponse:
    return _told(request, "nothing_here", 404)


@open_page
def open_too_long(request: HttpRequest) -> HttpResponse:
    return _told(request, "open_too_long", 403)


def _told(request: HttpRequest, name: str, status: int) -> HttpResponse:
    session = signed_in(request)
    return page(
        request, name, status=status, member=session.member if session and session.has_chosen else None
    )
