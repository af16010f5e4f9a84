"""Clubs and the days on which they were shut."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from members.admin.club_brakes import WithClubBrakes
from members.admin.columns import label
from members.admin.scoping import ClubScopedAdmin, ScopedFilter, WithHistory
from members.models import Closure, Club
from members.rules.wording import small_money_in_words

MILLION = 1_000_000
IN_DOLLARS = _(
    "In US dollars, as Amazon bills it, like {example}; empty if not known. It counts for messages of the last six weeks "
    "and from now on."
)
PRICES = {
    "sms_part_price": (
        "part_price",
        _("In the club's currency, as the carrier bills it, like 0.00645; empty if not known."),
    ),
    "email_price": ("price_of_email", format_lazy(IN_DOLLARS, example="0.0001")),
    "whatsapp_price": ("price_of_whatsapp", format_lazy(IN_DOLLARS, example="0.03")),
}
"""By field: what shows it to whoever may not change it, and what it is."""


class PriceField(forms.DecimalField):
    """Typed as people write a price, kept in millionths: exact, however small."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=1_000, decimal_places=6, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        return f"{Decimal(value).scaleb(-6).normalize():f}" if value else ""

    def clean(self, value: Any) -> int:  # type: ignore[override]
        price = super().clean(value)
        return int(price * MILLION) if price else 0

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(data) != (initial or 0)
        except forms.ValidationError:
            return True


@admin.register(Club)
class ClubAdmin(WithClubBrakes, WithHistory, ClubScopedAdmin):
    club_path = "pk"
    list_display = ["name", "time_zone", "sender_email", "sms_sender", "sending"]
    search_fields = ["name", "slug"]
    filled_from = {"slug": ["name"]}
    fixed_once_saved = ("slug",)
    autocomplete_fields = ["staff"]
    readonly_fields = [shown for shown, _help in PRICES.values()]
    fieldsets = [
        (None, {"fields": ["name", "slug", "time_zone", "locale", "currency", "booking_link"]}),
        (
            _("Sender"),
            {
                "fields": [
                    "sender_name",
                    "sender_email",
                    "sms_sender",
                    "sms_number",
                    "short_links",
                    "whatsapp_number",
                ]
            },
        ),
        (_("What messages cost"), {"fields": ["sms_part_price", "email_price", "whatsapp_price"]}),
        (_("Hours"), {"fields": ["send_from", "send_until", "daily_check_at"]}),
        (_("Limits"), {"fields": ["cap_messages", "cap_days"]}),
        (_("How long words are kept"), {"fields": ["keep_words_days", "keeps_addresses"]}),
        (_("Staff"), {"fields": ["staff"]}),
    ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "booking_link":
            kwargs["assume_scheme"] = "https"
        if db_field.name in PRICES:
            return PriceField(
                label=capfirst(db_field.verbose_name),
                help_text=PRICES[db_field.name][1],
                widget=UnfoldAdminDecimalFieldWidget({"step": "any", "inputmode": "decimal"}),
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        shown = {field: method for field, (method, _help) in PRICES.items()}
        return [
            (name, {**part, "fields": [shown.get(one, one) for one in part["fields"]]})
            for name, part in fieldsets
        ]

    @admin.display(description=_("price of one part of a text"))
    def part_price(self, club: Club) -> str:
        return _price(club.sms_part_price, club.currency, club)

    @admin.display(description=_("price of one e-mail"))
    def price_of_email(self, club: Club) -> str:
        return _price(club.email_price, "USD", club)

    @admin.display(description=_("price of one WhatsApp message"))
    def price_of_whatsapp(self, club: Club) -> str:
        return _price(club.whatsapp_price, "USD", club)

    # Whoever could choose a club's staff could give herself any club.
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if request.user.is_superuser else (*fixed, "staff")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    @admin.display(description=_("sending"))
    def sending(self, club: Club) -> SafeString:
        return label(_("Paused"), "danger") if club.sending_paused else label(_("On"), "success")


def _price(millionths: int, currency: str, club: Club) -> str:
    return small_money_in_words(millionths, currency, club.locale) if millionths else str(_("not set"))


@admin.register(Closure)
class ClosureAdmin(WithHistory, ClubScopedAdmin):
    club_path = "club"
    list_display = ["starts_on", "reopens_on", "note", "club"]
    list_filter = [("club", ScopedFilter)]
    list_select_related = ["club"]
    search_fields = ["note"]
