"""A question before a deed: GET asks, in a dialog or on a page of its own; POST does it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _


class NotDone(Exception):
    """The deed could not be done; the text says why, to the person."""


def asked(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: str,
    explains: str,
    button: str,
    deed: Callable[[dict[str, Any]], str],
    back: str,
) -> HttpResponse:
    """Ask until the form is right, then do the deed, say what came of it, and go on to where the person was.

    `deed` takes the cleaned form and returns the sentence that says it is done, or raises NotDone.
    """
    in_dialog = request.headers.get("HX-Request") == "true"
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, deed(form.cleaned_data))
        except NotDone as why:
            messages.warning(request, str(why))
        where = _next(request, back)
        return HttpResponse(headers={"HX-Redirect": where}) if in_dialog else redirect(where)
    context = {
        **admin.site.each_context(request),
        "title": title,
        "dialog": {"title": title, "description": explains},
        "form": form,
        "form_submit_text": button,
        "back": _next(request, back),
        "cancel": _("Cancel"),
    }
    return render(request, "unfold/helpers/dialog.html" if in_dialog else "admin/question.html", context)


def _next(request: HttpRequest, back: str) -> str:
    where = request.GET.get("next", "")
    here = url_has_allowed_host_and_scheme(where, {request.get_host()}, require_https=request.is_secure())
    return where if here else back
