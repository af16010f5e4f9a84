"""The names of pages, and what an empty list says."""

from typing import Any

from django import template
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from config import pages
from messaging.models import SendingSwitch, switch_if_paused

register = template.Library()
register.filter("page_name", lambda link, otherwise: pages.page_name(str(link), otherwise))
register.filter("list_name", pages.list_name)


@register.simple_tag
def paused_everywhere() -> SendingSwitch | None:
    """The switch for all clubs, while it holds everything back."""
    return switch_if_paused()


@register.simple_tag(takes_context=True)
def empty_page(context: Any, opts: Any) -> dict[str, str]:
    """One line; and one button if it leads where this person may go."""
    if opts.label_lower not in pages.EMPTY:
        return {"line": _("Nothing here yet.")}
    # The tag that shows the rows gives its template no `request`, but the context itself has it.
    request: HttpRequest = context.request
    line, (button, where) = pages.EMPTY[opts.label_lower]
    app, model, page = where.rsplit("_", 2)
    found = {str(own.opts): own for own in admin.site._registry.values()}[f"{app}.{model}"]
    may = found.has_add_permission(request) if page == "add" else found.has_view_permission(request)
    return {"line": str(line)} | ({"button": str(button), "link": reverse(f"admin:{where}")} if may else {})
