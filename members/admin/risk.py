"""The retention risk in the admin: on top of a member's page with why, as a column, and as the list's filter."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from members.admin.columns import label, when
from members.admin.panels import Fact, add_member_facts
from members.models import Member
from members.reports.risk import explain_risk, reason_of
from members.rules.risk import TO_WATCH

HIGH = 0.7
RATHER_PRIVATE = {"owes": "members.view_payment", "silent": "messaging.view_message"}
"""Reasons that tell what takes a permission of its own."""


def risk_label(score: float) -> SafeString | str:
    """The score in its color, on a scale from 0 to 1."""
    color = "danger" if score >= HIGH else "warning" if score >= TO_WATCH else ""
    return label(number_format(score, 2), color) if score else ""


class RiskFilter(DropdownFilter):
    title = gettext_lazy("retention risk")
    parameter_name = "risk"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("high", _("High: 0.7 or more")), ("watch", _("To watch: 0.4 or more"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Member]) -> QuerySet[Member]:
        least = {"high": HIGH, "watch": TO_WATCH}.get(str(self.value()))
        return rows.filter(retention_risk__gte=least) if least else rows


def _facts(request: HttpRequest, member: Member, now: dt.datetime) -> list[Fact]:
    found = explain_risk(member, now)
    if not found.score:
        return []
    told = [
        code
        for code in found.reasons
        if code not in RATHER_PRIVATE or request.user.has_perm(RATHER_PRIVATE[code])
    ]
    since = member.retention_risk_since if found.score >= TO_WATCH else None
    lines = [
        (risk_label(found.score),),
        *((reason_of(code, found),) for code in told),
        *([(_("To be watched since %(when)s.") % {"when": when(since, member.club)},)] if since else []),
    ]
    return [Fact(_("Retention risk"), format_html_join(SafeString("<br>"), "{}", lines))]


add_member_facts(_facts)
