"""Payment overdue: something has been owed for some days."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import CharField, DateField, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.blocks import BlockForm, Params
from automations.triggers.base import LOOKBACK
from automations.triggers.member_rows import MemberRowTrigger
from members.models import Member, Payment
from members.rules.days import DAY, AwayClock, DaysLater, StartOfDay
from members.rules.wording import money_in_words

SETTLED = "payment_settled"
IN_WORDS = {SETTLED: gettext_lazy("nothing is owed for it any more")}


class PaymentOverdueForm(BlockForm):
    days = forms.IntegerField(
        label=gettext_lazy("Owed for at least (days)"),
        initial=3,
        min_value=0,
        max_value=365,
        help_text=gettext_lazy("Counted from the day on which it was due; 0 is that day itself."),
    )


class PaymentOverdue(MemberRowTrigger):
    """Due: a payment is pending or failed `days` calendar days of the club after it was due.

    Another due day makes another occurrence of it.
    """

    kind = "payment_overdue"
    looks_back = False
    label = gettext_lazy("Payment overdue")
    Form = PaymentOverdueForm
    Row = Payment
    reads = (Payment,)
    relation = "payments"
    prefix = "payment:"
    once = gettext_lazy("once for each payment")
    anew = gettext_lazy("another payment would count")
    happened = gettext_lazy("A payment was still owed on %(day)s.")
    never = gettext_lazy("Owes no payment that became %(days)s days overdue in the last weeks.")
    asks = gettext_lazy("owes a payment for %(days)s days or more")

    def lately(self, clock: AwayClock, params: Params) -> dict[str, Any]:
        latest = clock.today - DAY * params["days"]
        return {"status__in": Payment.OWED, "due_on__lte": latest, "due_on__gte": latest - LOOKBACK}

    def happened_at(self, at: str, clock: AwayClock, params: Params) -> Combinable:
        return StartOfDay(DaysLater(f"{at}due_on", params["days"]), clock.zone)

    def name_of(self, at: str) -> Combinable:
        due_on = Cast(Cast(f"{at}due_on", DateField()), CharField())
        return Concat(super().name_of(at), Value(":"), due_on, output_field=CharField())

    def endings(self, now: dt.datetime, params: Params) -> list[tuple[str, Q]]:
        return [(SETTLED, ~Q(status__in=Payment.OWED))]

    def values_of(self, row: Payment, clock: AwayClock) -> dict[str, str]:
        return {
            "amount": money_in_words(row.amount, row.currency, clock.locale),
            "due_on": clock.in_words(row.due_on),
        }

    def words(self, params: Params) -> dict[str, Any]:
        return {"days": params["days"]}

    def sentence(self, params: Params) -> str:
        if not params["days"]:
            return _("When a payment is due and has not come")
        said = ngettext(
            "When a payment has been owed for %(days)s day",
            "When a payment has been owed for %(days)s days",
            params["days"],
        )
        return said % {"days": params["days"]}

    def unless(self, member: Member) -> str:
        return _("unless it is paid before")

    def next_chance_on(self, member: Member, clock: AwayClock, params: Params) -> dt.date | None:
        earliest = clock.today - LOOKBACK - DAY * params["days"]
        owed = Payment.objects.filter(member=member, status__in=Payment.OWED, due_on__gte=earliest)
        due_on = owed.order_by("-due_on").values_list("due_on", flat=True)
        coming = [day + DAY * params["days"] for day in due_on]
        later = [day for day in coming if day > clock.today]
        return clock.today if len(later) < len(coming) or not later else min(later)
