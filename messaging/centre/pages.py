"""What all of the member's own pages share: a cookie of their own, no script, nothing kept by others, nothing passed on."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, cast

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from members.models import Club
from messaging.centre.unsubscribe import STRICTER
from messaging.models import MemberSession
from messaging.operations.member_sessions import AT_MOST, session_by

COOKIE = "rollcall_member"
PATH = "/me/"
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
MemberView = Callable[Concatenate[HttpRequest, MemberSession, P], HttpResponse]


def open_page(view: View[P]) -> View[P]:
    """A page for whoever is not signed in."""

    @functools.wraps(view)
    def shown(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return _private(view(request, *args, **kwargs))

    return cast("View[P]", _strict(shown))


def member_page(view: MemberView[P]) -> View[P]:
    """A page for a member who is signed in, whose session it is given; others are led to the sign-in."""

    @functools.wraps(view)
    def shown(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        session = signed_in(request)
        if session is None:
            return _private(_without_cookie(redirect("centre_sign_in")))
        if (
            not session.has_chosen
            and request.resolver_match
            and request.resolver_match.url_name != "centre_who"
        ):
            return _private(redirect("centre_who"))
        return _private(view(request, session, *args, **kwargs))

    return cast("View[P]", _strict(shown))


def signed_in(request: HttpRequest) -> MemberSession | None:
    """Of a member, by the cookie of these pages alone: who is logged in to the admin is nobody here, and the other way round."""
    secret = request.COOKIES.get(COOKIE, "")
    return session_by(secret, for_app=False, now=timezone.now()) if secret else None


def let_in(session: MemberSession, secret: str, where: str) -> HttpResponseRedirect:
    """Go on signed in, under a new secret."""
    response = HttpResponseRedirect(reverse(where))
    response.set_cookie(
        COOKIE,
        secret,
        # As long as it could last; that it ends sooner when it is not used, the row knows.
        expires=session.opened_at + AT_MOST,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def sent_away(where: str = "centre_sign_in") -> HttpResponse:
    """Go on without being signed in."""
    return _without_cookie(redirect(where))


def page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, f"messaging/centre/{name}.html", context, status=status)


def club_asked_for(request: HttpRequest) -> Club | None:
    """The club whose page it is: named by the address, or the only one that there is."""
    if slug := request.GET.get("club", ""):
        return Club.objects.filter(slug=slug).first()
    clubs = list(Club.objects.all()[:2])
    return clubs[0] if len(clubs) == 1 else None


def _strict(view: Any) -> Any:
    # It takes any view, and says less of what it gives back.
    return csp_replace(STRICTER)(view)


def _without_cookie(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    # Also the way back from where a message leads must not tell of this page. CSRF needs the origin of a form.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response
