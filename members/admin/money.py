"""Money typed as people write it, kept in the currency's smallest unit."""

from decimal import Decimal
from typing import Any, ClassVar

from babel.numbers import get_currency_precision
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget

LARGEST = 10**14


class MoneyField(forms.DecimalField):
    """An amount like 12.50; which currency it is in knows the form alone, which turns it into minor units."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminDecimalFieldWidget({"step": "any", "inputmode": "decimal"})
        super().__init__(min_value=0, max_value=LARGEST, widget=widget, **kwargs)


class WithMoney(forms.ModelForm):
    """One of its fields is a MoneyField."""

    money: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.money not in self.fields or not self.instance.club_id:
            return
        currency = self.currency({})
        self.fields[self.money].help_text = f"{currency}. {self.fields[self.money].help_text}"
        stored = self.initial.get(self.money)
        if stored is not None:
            self.initial[self.money] = Decimal(stored).scaleb(-get_currency_precision(currency))

    def currency(self, cleaned: dict[str, Any]) -> str:
        """The currency of the amount, by what was typed or else by the row as it is; empty without a member."""
        return self.instance.club.currency if self.instance.club_id else ""

    def clean(self) -> Any:
        cleaned = super().clean() or self.cleaned_data
        amount = cleaned.get(self.money)
        currency = self.currency(cleaned)
        if amount is not None and currency:
            minor = amount.scaleb(get_currency_precision(currency))
            if minor == minor.to_integral_value():
                cleaned[self.money] = int(minor)
            else:
                like = Decimal(1250).scaleb(-get_currency_precision(currency))
                words = {"currency": currency, "like": f"{like:f}"}
                self.add_error(
                    self.money,
                    ValidationError(_("Too many decimals for %(currency)s. Write it like %(like)s.") % words),
                )
        return cleaned
