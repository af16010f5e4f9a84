"""The alerts so far: what was wrong, since when, until when, and when people were told."""

import datetime as dt
import zoneinfo

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from automations.models import Alert
from automations.reports.alert_words import advice, in_a_sentence
from members.admin.columns import label
from members.admin.scoping import ReadOnly, SuperusersOnly
from members.rules.wording import short_instant

UTC = zoneinfo.ZoneInfo("UTC")


def _written(instant: dt.datetime | None) -> str:
    return short_instant(instant, UTC) if instant else "–"


@admin.register(Alert)
class AlertAdmin(ReadOnly, SuperusersOnly, ModelAdmin):
    list_display = ["what", "state", "since", "mailed", "over"]
    list_select_related = ["club"]
    list_per_page = 50
    show_full_result_count = False
    fields = ["what", "to_do", "state", "since", "mailed", "over"]
    readonly_fields = fields

    @admin.display(description=gettext_lazy("what is wrong"))
    def what(self, alert: Alert) -> str:
        return in_a_sentence(alert)

    @admin.display(description=gettext_lazy("what to do"))
    def to_do(self, alert: Alert) -> str:
        return advice(alert)

    @admin.display(description=gettext_lazy("state"))
    def state(self, alert: Alert) -> SafeString:
        return label(_("Over"), "success") if alert.resolved_at else label(_("Open"), "danger")

    @admin.display(description=gettext_lazy("since (UTC)"))
    def since(self, alert: Alert) -> str:
        return _written(alert.opened_at)

    @admin.display(description=gettext_lazy("mailed (UTC)"))
    def mailed(self, alert: Alert) -> str:
        return _written(alert.told_at)

    @admin.display(description=gettext_lazy("over (UTC)"))
    def over(self, alert: Alert) -> str:
        return _written(alert.resolved_at)
