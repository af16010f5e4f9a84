"""Payments: what is due, and what came."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from members.admin.member_facts import MemberFactAdmin, MemberFactForm
from members.admin.scoping import ScopedFilter
from members.models import Payment
from members.rules.wording import money_in_words


class PaymentForm(MemberFactForm):
    def clean(self) -> Any:
        cleaned = super().clean()
        agreement = cleaned.get("agreement")
        if agreement and agreement.member_id != self.member_id:
            self.add_error("agreement", _("This agreement is another member's."))
        return cleaned


@admin.register(Payment)
class PaymentAdmin(MemberFactAdmin):
    form = PaymentForm
    list_display = ["external_id", "who", "sum", "due_on", "status"]
    list_filter = [("status", ChoicesDropdownFilter), ("club", ScopedFilter)]
    list_filter_submit = True
    autocomplete_fields = ["member", "agreement"]
    search_help_text = _("Payment ID, name or member ID")
    fields = ["member", "external_id", "agreement", "amount", "currency", "due_on", "status", "paid_at"]

    @admin.display(description=_("amount"), ordering="amount")
    def sum(self, payment: Payment) -> str:
        return money_in_words(payment.amount, payment.currency, payment.club.locale)
