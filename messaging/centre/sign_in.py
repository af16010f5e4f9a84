"""Coming in and going out: by a link that is asked for, or by a password; for a family, choosing whose page it is."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from members.models import Club
from messaging.centre.pages import (
    club_asked_for,
    let_in,
    member_page,
    open_page,
    page,
    sent_away,
    signed_in,
)
from messaging.models import MemberSession, SignInTry
from messaging.operations.member_sessions import end_all_sessions, of_the_same_address, renewed
from messaging.operations.sign_in_links import NoSuchLink, ask_for_link, is_good, use_link
from messaging.operations.sign_in_passwords import WrongPassword, sign_in_by_password
from messaging.operations.sign_in_tries import TooManyTries, count_try
from messaging.rules.sources import source_of


class AddressForm(forms.Form):
    address = forms.CharField(
        label=gettext_lazy("Your e-mail address or phone number"),
        max_length=254,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )


class PasswordForm(AddressForm):
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer is the same whether anybody has that address."""
    if request.method != "POST" and signed_in(request):
        return redirect("centre")
    club = club_asked_for(request)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            is_address = ask_for_link(
                typed=form.cleaned_data["address"], club=club, source=source_of(request), now=timezone.now()
            )
        except TooManyTries:
            return _too_many(request, club)
        if is_address:
            return page(request, "link_sent", club=club)
        form.add_error(
            "address", _("Write an e-mail address, or a number with its country code, like +41 79 123 45 67.")
        )
    return page(request, "sign_in", club=club, form=form)


@sensitive_post_parameters("password")
@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def by_password(request: HttpRequest) -> HttpResponse:
    club = club_asked_for(request)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            session, secret = sign_in_by_password(
                typed=form.cleaned_data["address"],
                password=form.cleaned_data["password"],
                club=club,
                source=source_of(request),
                now=timezone.now(),
            )
        except TooManyTries:
            return _too_many(request, club)
        except WrongPassword:
            form.add_error(
                None, _("That did not fit. Try again, or have a link sent to you; it needs no password.")
            )
        else:
            return _in_place_of_the_former(request, session, secret, "centre")
    return page(request, "by_password", club=club, form=form)


@open_page
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Opening the link changes nothing, since scanners open every link; its button uses it up."""
    now = timezone.now()
    try:
        count_try(way=SignInTry.Way.TOKEN, address="", source=source_of(request), now=now)
    except TooManyTries:
        return _too_many(request, None)
    if request.method != "POST":
        if is_good(secret, now=now):
            return page(request, "by_link")
        return page(request, "link_over", status=404)
    try:
        session, new = use_link(secret=secret, now=now)
    except NoSuchLink:
        return page(request, "link_over", status=404)
    return _in_place_of_the_former(request, session, new, "centre" if session.has_chosen else "centre_who")


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def who(request: HttpRequest, session: MemberSession) -> HttpResponse:
    """Whose page it is, of all who share the address that the link was sent to."""
    those = list(of_the_same_address(session))
    if request.method == "POST":
        chosen = next((one for one in those if str(one.pk) == request.POST.get("member")), None)
        if chosen is not None:
            return let_in(*renewed(session, now=timezone.now(), member=chosen), "centre")
    clubs = {one.club_id for one in those}
    return page(request, "who", session=session, those=those, several_clubs=len(clubs) > 1)


@member_page
@require_POST
def sign_out(request: HttpRequest, session: MemberSession) -> HttpResponse:
    session.delete()
    return sent_away()


@member_page
@require_POST
def sign_out_everywhere(request: HttpRequest, session: MemberSession) -> HttpResponse:
    end_all_sessions(member=session.member)
    return sent_away()


def _in_place_of_the_former(
    request: HttpRequest, session: MemberSession, secret: str, where: str
) -> HttpResponse:
    if former := signed_in(request):
        former.delete()
    return let_in(session, secret, where)


def _too_many(request: HttpRequest, club: Club | None) -> HttpResponse:
    response = page(request, "too_many", status=429, club=club)
    response["Retry-After"] = "900"
    return response
