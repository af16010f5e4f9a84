"""How a member comes to their own page in the club's app: by a link, or let in by the club's own server; and out again."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from members.api.keys import KeyThatMay
from members.api.problems import Problem, not_found
from members.api.schemas import reading
from members.models import Club, Member, Scope
from members.operations.api_keys import Access
from messaging.api.me_keys import MemberToken
from messaging.api.me_shapes import SESSION, Asking, ChangeOver, Named, Opened, session_of, to_the_member
from messaging.models import MemberSession, SignInTry
from messaging.operations.member_sessions import end_all_sessions, of_the_same_address, open_session, renewed
from messaging.operations.sign_in_links import NoSuchLink, ask_for_link, use_link
from messaging.operations.sign_in_tries import TooManyTries, count_try
from messaging.rules.sources import source_of

router = Router()


@router.post(
    "/me/links",
    auth=None,
    summary="Send a member a link to sign in",
    openapi_extra=reading({"type": "object"}, "Asked for"),
)
def ask(request: HttpRequest, body: Asking) -> HttpResponse:
    """Answered in the same way whether or not anybody has that address. The link works once, for 15 minutes."""
    club = Club.objects.filter(slug=body.club).first() if body.club else None
    if body.club and club is None:
        raise not_found(_("There is no such club."))
    try:
        is_address = ask_for_link(
            typed=body.address, club=club, source=source_of(request), now=timezone.now()
        )
    except TooManyTries:
        raise _too_many() from None
    if not is_address:
        raise Problem(422, "invalid", _("This is neither an e-mail address nor a phone number."))
    return to_the_member({"asked": True})


@router.post(
    "/me/sessions",
    auth=None,
    summary="Exchange a link for a token",
    openapi_extra=reading(SESSION, "Signed in", _404="The link is over, or was never sent"),
)
def exchange(request: HttpRequest, body: Opened) -> HttpResponse:
    """Uses the link up. The token lasts for 12 hours and may be renewed until 90 days are over."""
    now = timezone.now()
    try:
        count_try(way=SignInTry.Way.TOKEN, address="", source=source_of(request), now=now)
        session, secret = use_link(secret=body.link.rpartition("/")[2], now=now, for_app=True)
    except TooManyTries:
        raise _too_many() from None
    except NoSuchLink:
        raise not_found(_("This link is over. Have a new one sent.")) from None
    return to_the_member(_told_session(session, secret))


@router.post(
    "/me/tokens",
    auth=KeyThatMay(Scope.SIGN_MEMBERS_IN),
    summary="A token for a member whom your system knows",
    openapi_extra=reading(SESSION, "Signed in", _404="Your club has no such member"),
)
def issue(request: HttpRequest, body: Named) -> HttpResponse:
    """For an app with its own login: your server asks with its key, and hands the token to the member's phone."""
    access: Access = request.auth  # type: ignore[attr-defined]
    member = Member.objects.filter(club=access.club, external_id=body.member, erased_at=None).first()
    if member is None or "\x00" in body.member:
        raise not_found(_("Your club has no member of this ID."))
    session, secret = open_session(
        member=member,
        way=MemberSession.Way.KEY,
        now=timezone.now(),
        api_key_id=access.key_id,
        for_app=True,
    )
    return to_the_member(_told_session(session, secret))


@router.post(
    "/me/session",
    auth=MemberToken(),
    summary="Renew the token, or change over to another of the family",
    openapi_extra=reading(SESSION, "The new token; the old one is over", _404="Nobody of this address"),
)
def renew(request: HttpRequest, body: ChangeOver) -> HttpResponse:
    session = session_of(request)
    member = session.member
    if body.member:
        found = [
            one
            for one in of_the_same_address(session)
            if one.external_id == body.member and body.club in ("", one.club.slug)
        ]
        if len(found) != 1:
            raise not_found(_("Nobody of this ID shares the address; say which club if there are two."))
        member = found[0]
    return to_the_member(_told_session(*renewed(session, now=timezone.now(), member=member)))


@router.delete(
    "/me/session",
    auth=MemberToken(),
    summary="Sign out",
    openapi_extra=reading({"type": "object"}, "Signed out"),
)
def sign_out(request: HttpRequest, everywhere: bool = False) -> HttpResponse:
    """With `everywhere` in all apps and browsers."""
    session = session_of(request)
    if everywhere:
        end_all_sessions(member=session.member)
    else:
        session.delete()
    return to_the_member({"signed_out": True})


def _told_session(session: MemberSession, secret: str) -> dict[str, Any]:
    return {
        "token": secret,
        "expires_at": session.expires_at,
        "member": _told_member(session.member),
        "others": [_told_member(one) for one in of_the_same_address(session) if one.pk != session.member_id],
    }


def _told_member(member: Member) -> dict[str, str]:
    return {"id": member.external_id, "first_name": member.first_name, "club": member.club.slug}


def _too_many() -> Problem:
    return Problem(
        429,
        "too_many_tries",
        _("There were many tries just now. Wait a quarter of an hour."),
        Retry_After="900",
    )
