"""What several lists show in the same way."""

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from members.models import Club
from members.rules.wording import short_instant


def when(instant: dt.datetime | None, club: Club) -> str:
    """Like “2 Sep 2025, 09:00”, in the club's zone and way of writing; empty without an instant."""
    return short_instant(instant, club.zone, club.locale) if instant else ""


def label(words: Any, color: str = "") -> SafeString:
    """A small colored label; `color` is one of success, info, warning, danger, or nothing."""
    return render_to_string("unfold/helpers/label.html", {"text": words, "type": color})


def link_to(row: models.Model | None, words: Any = None) -> SafeString | str:
    """A link to the row's own page."""
    if row is None:
        return ""
    where = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a class="rollcall-link" href="{}">{}</a>', where, row if words is None else words)


class WithMember:
    """A column that leads to the member."""

    @admin.display(description=_("member"), ordering="member__first_name")
    def who(self, row: Any) -> SafeString | str:
        return link_to(row.member)
