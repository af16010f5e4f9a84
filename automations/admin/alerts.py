"""The alerts so far: what was wrong, since when, until when, and when people were told."""

import datetime as dt
import zoneinfo
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from automations.admin.clock_words import ClockWords
from automations.models import Alert
from automations.reports.alert_words import advice, in_a_sentence
from members.admin.columns import label
from members.admin.scoping import ReadOnly, SuperusersOnly


def _written(alert: Any, instant: dt.datetime | None) -> str:
    """By the club's clock; of what concerns all clubs by that of whoever looks."""
    words = (
        ClockWords.of([alert.club]) if alert.club else ClockWords(zoneinfo.ZoneInfo(alert.zone), alert.locale)
    )
    return words.written(instant) or "–"


@admin.register(Alert)
class AlertAdmin(ReadOnly, SuperusersOnly, ModelAdmin):
    list_display = ["what", "state", "since", "mailed", "over"]
    list_select_related = ["club"]
    list_per_page = 50
    show_full_result_count = False
    fields = ["what", "to_do", "state", "since", "mailed", "over"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        words = ClockWords.for_request(request)
        # What writes a column sees only its row.
        return super().get_queryset(request).annotate(zone=Value(words.zone.key), locale=Value(words.locale))  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("what is wrong"))
    def what(self, alert: Alert) -> str:
        return in_a_sentence(alert)

    @admin.display(description=gettext_lazy("what to do"))
    def to_do(self, alert: Alert) -> str:
        return advice(alert)

    @admin.display(description=gettext_lazy("state"))
    def state(self, alert: Alert) -> SafeString:
        return label(_("Over"), "success") if alert.resolved_at else label(_("Open"), "danger")

    @admin.display(description=gettext_lazy("since"))
    def since(self, alert: Alert) -> str:
        return _written(alert, alert.opened_at)

    @admin.display(description=gettext_lazy("mailed"))
    def mailed(self, alert: Alert) -> str:
        return _written(alert, alert.told_at)

    @admin.display(description=gettext_lazy("over"))
    def over(self, alert: Alert) -> str:
        return _written(alert, alert.resolved_at)
