"""Payments: what is due, and what came."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from members.admin import file_kinds
from members.admin.imports import WithImport
from members.admin.member_facts import MemberFactAdmin, MemberFactForm
from members.admin.money import MoneyField, WithMoney
from members.admin.scoping import ScopedFilter
from members.models import Payment
from members.rules.wording import money_in_words


class PaymentForm(WithMoney, MemberFactForm):
    money = "amount"
    amount = MoneyField(label=_("Amount"), help_text=_("Like 12.50."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "currency" in self.fields:
            self.fields["currency"].required = False
            self.fields["currency"].help_text = _("Three capital letters, like USD; the club's if empty.")

    def currency(self, cleaned: dict[str, Any]) -> str:
        return cleaned.get("currency", self.instance.currency) or super().currency(cleaned)

    def clean(self) -> Any:
        cleaned = super().clean()
        cleaned["currency"] = self.currency(cleaned)
        agreement = cleaned.get("agreement")
        if agreement and agreement.member_id != self.member_id:
            self.add_error("agreement", _("This agreement is another member's."))
        return cleaned


@admin.register(Payment)
class PaymentAdmin(WithImport, MemberFactAdmin):
    file_kind = file_kinds.PAYMENTS
    form = PaymentForm
    said_in_words = {"amount": "sum"}
    readonly_fields = ["sum"]
    list_display = ["external_id", "who", "sum", "due_on", "status"]
    list_filter = [("status", ChoicesDropdownFilter), ("club", ScopedFilter)]
    list_filter_submit = True
    autocomplete_fields = ["member", "agreement"]
    search_help_text = _("Payment ID, name or member ID")
    fields = ["member", "external_id", "agreement", "amount", "currency", "due_on", "status", "paid_at"]

    @admin.display(description=_("amount"), ordering="amount")
    def sum(self, payment: Payment) -> str:
        return money_in_words(payment.amount, payment.currency, payment.club.locale)
