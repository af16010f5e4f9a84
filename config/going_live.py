"""The page that says what practice mode means, and what whoever looks after Rollcall sets to end it."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def going_live(request: HttpRequest) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Practice mode and going live"),
        "is_practice": settings.TRANSPORT == "console",
        "public_url": settings.PUBLIC_URL,
    }
    return render(request, "admin/going_live.html", context)
