"""A question before a deed: GET asks, in a dialog or on a page of its own; POST does it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme


class NotDone(Exception):
    """The deed could not be done; the text says why, to the person."""


def asked(
    request: HttpRequest,
    form: forms.Form | None = None,
    *,
    title: str,
    explains: str,
    button: str,
    deed: Callable[[dict[str, Any]], str],
    back: str,
    body: str = "admin/question_body.html",
    **context: Any,
) -> HttpResponse:
    """Ask until the form is right, then do the deed, say what came of it, and go on to where the person was.

    `deed` takes the cleaned form and returns the sentence that says it is done. It raises ValidationError for what
    another answer would mend, NotDone for what none would. Without a `button` there is nothing to be done any more.
    Without a `form` there is nothing to fill in, only a yes to be said.
    `body` is the template below the title, given the `context`.
    """
    in_dialog = "HX-Request" in request.headers
    where = _next(request, back)
    if form is None:
        form = forms.Form(request.POST if request.method == "POST" else None)
    # The form below a dialog may have fields of the same names.
    form.auto_id = "ask_%s"
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, deed(form.cleaned_data))
        except ValidationError as refused:
            form.add_error(None, refused)
        except NotDone as why:
            messages.warning(request, str(why))
            return _go_to(where, in_dialog)
        else:
            return _go_to(where, in_dialog)
    context |= {
        **({} if in_dialog else admin.site.each_context(request)),
        "title": title,
        "explains": explains,
        "form": form,
        "body": body,
        "button": button,
        "back": where,
        "address": request.get_full_path(),
    }
    return render(request, "admin/question.html" if in_dialog else "admin/question_page.html", context)


def _go_to(where: str, in_dialog: bool) -> HttpResponse:
    # A redirect would be followed inside the dialog.
    return HttpResponse(headers={"HX-Redirect": where}) if in_dialog else HttpResponseRedirect(where)


def _next(request: HttpRequest, back: str) -> str:
    where = request.GET.get("next", "")
    here = url_has_allowed_host_and_scheme(where, {request.get_host()}, require_https=request.is_secure())
    return where if here else back
