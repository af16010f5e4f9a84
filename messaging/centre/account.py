"""How a member comes in the next time: a password, or none; and what they want to be sent."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from messaging.centre.pages import let_in, member_page, page
from messaging.models import MemberPassword, MemberSession
from messaging.operations.member_sessions import of_the_same_address
from messaging.operations.sign_in_passwords import choose_password, remove_password
from messaging.rules.preferences_links import preferences_url


class NewPasswordForm(forms.Form):
    current = forms.CharField(
        label=gettext_lazy("Your present password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("A new password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password", "aria-describedby": "rules"}),
    )

    def __init__(self, *args: Any, asks_current: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_current:
            del self.fields["current"]


@sensitive_post_parameters("new", "current")
@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, session: MemberSession) -> HttpResponse:
    has_password = MemberPassword.objects.filter(member=session.member).exists()
    asks_current = has_password and session.way == MemberSession.Way.PASSWORD
    form = NewPasswordForm(request.POST if request.method == "POST" else None, asks_current=asks_current)
    if request.method == "POST" and form.is_valid():
        try:
            new = choose_password(
                session=session,
                new=form.cleaned_data["new"],
                current=form.cleaned_data.get("current", ""),
                now=timezone.now(),
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            return let_in(*new, "centre_account")
    return page(
        request,
        "account",
        session=session,
        member=session.member,
        form=form,
        has_password=has_password,
        rules=password_validators_help_texts(),
        preferences=preferences_url(session.member_id),
        is_shared=of_the_same_address(session)[:2].count() > 1,
    )


@member_page
@require_POST
def forget_password(request: HttpRequest, session: MemberSession) -> HttpResponse:
    remove_password(member=session.member)
    return redirect("centre_account")
