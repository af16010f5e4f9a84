"""Agreements: what members bought, with the status that each gives by itself and why."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter

from members.admin import file_kinds
from members.admin.follow_up import status_label
from members.admin.imports import WithImport
from members.admin.member_facts import MemberFactAdmin, MemberFactForm
from members.admin.money import MoneyField, WithMoney
from members.admin.scoping import ScopedFilter
from members.models import Agreement
from members.reports.follow_up import reason_of, with_own_status
from members.rules.wording import money_in_words


class AgreementForm(WithMoney, MemberFactForm):
    money = "past_due"
    past_due = MoneyField(
        label=_("Past due"),
        required=False,
        help_text=_("Like 12.50. Empty if the other system does not say: then its payments do."),
    )


@admin.register(Agreement)
class AgreementAdmin(WithImport, MemberFactAdmin):
    file_kind = file_kinds.AGREEMENTS
    form = AgreementForm
    said_in_words = {"past_due": "owed"}
    list_display = ["__str__", "who", "purchased_on", "sessions", "status", "is_suspended"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("is_suspended", BooleanRadioFilter),
        ("is_trial", BooleanRadioFilter),
        ("club", ScopedFilter),
    ]
    list_filter_submit = True
    search_help_text = _("Agreement ID, name or member ID")
    readonly_fields = ["gives", "because", "owed"]
    fieldsets = [
        (None, {"fields": ["gives", "because"]}),
        (_("Purchase"), {"fields": ["member", "external_id", "name", "purchased_on", "is_trial"]}),
        (_("Sessions"), {"fields": ["sessions_bought", "sessions_left"]}),
        (_("State"), {"fields": ["status", "alert", "is_suspended", "starts_on", "ends_on"]}),
        (_("Money"), {"fields": ["past_due", "past_due_since"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[1:]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found:
            rows: QuerySet[Any] = Agreement.objects.select_related("club").filter(pk=found.pk)
            found.explained = with_own_status(rows, found.club, found.club.today(timezone.now())).first()
        return found

    @admin.display(description=_("sessions"))
    def sessions(self, agreement: Agreement) -> str:
        if agreement.sessions_bought is None:
            return str(_("unlimited"))
        words = {"left": agreement.sessions_left, "bought": agreement.sessions_bought}
        return str(_("%(left)s of %(bought)s left") % words)

    @admin.display(description=_("past due"))
    def owed(self, agreement: Agreement) -> str:
        if agreement.past_due is None:
            return str(_("as its payments say"))
        return money_in_words(agreement.past_due, agreement.club.currency, agreement.club.locale)

    @admin.display(description=_("by itself"))
    def gives(self, agreement: Any) -> SafeString | str:
        return (
            str(_("A trial, which makes no customer."))
            if agreement.is_trial
            else status_label(agreement.explained.own)
        )

    @admin.display(description=_("because"))
    def because(self, agreement: Any) -> str:
        return reason_of(agreement.explained)
