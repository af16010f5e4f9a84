"""Offer a discount: a code of the member's own, which the messages of later steps may name."""

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from automations.actions.base import Action, StepOutcome, cause_of
from automations.blocks import BlockForm, Params
from automations.models import Enrollment, StepRun
from members.models import Club, Offer
from members.operations.offers import make_offers
from members.rules.offers import off_in_words
from members.rules.wording import day_in_words


class MakeOfferForm(BlockForm):
    percent = forms.IntegerField(
        label=gettext_lazy("Percent off"), min_value=1, max_value=100, required=False
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Or amount off"),
        min_value=Decimal("0.01"),
        max_digits=14,
        required=False,
        help_text=gettext_lazy("In the club's currency, like 12.50."),
    )
    what = forms.CharField(
        label=gettext_lazy("For"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Such as “your next month”."),
    )
    valid_days = forms.IntegerField(
        label=gettext_lazy("Good for days"),
        min_value=1,
        max_value=730,
        initial=14,
        help_text=gettext_lazy(
            "Messages of later steps can say {{ offer }}, {{ offer_code }} and {{ offer_until }}."
        ),
    )

    def clean_amount(self) -> Decimal | None:
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount is not None and self.club:
            minor = amount.scaleb(get_currency_precision(self.club.currency))
            if minor != minor.to_integral_value():
                raise ValidationError(
                    _("Too many decimals for %(currency)s.") % {"currency": self.club.currency}
                )
        return amount

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and (cleaned.get("percent") is None) == (cleaned.get("amount") is None):
            self.add_error("percent", ValidationError(_("Say either a percentage or an amount.")))
        return cleaned


class MakeOffer(Action):
    kind = "make_offer"
    label = gettext_lazy("Offer a discount")
    Form = MakeOfferForm

    def named(self, params: Params, club: Club) -> Params:
        return {**params, "off": off_in_words(params.get("percent"), _minor(params, club), club)}

    def sentence(self, params: Params) -> str:
        days = int(params["valid_days"])
        off = params.get("off") or _("a discount")
        off = f"{off} {params['what']}" if params.get("what") else off
        return ngettext("offer %(off)s, good for %(n)s day", "offer %(off)s, good for %(n)s days", days) % {
            "off": off,
            "n": days,
        }

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        club = batch[0].workflow.club
        expires_on = club.today(now) + dt.timedelta(days=params["valid_days"])
        offers = make_offers(
            club=club,
            causes=[(enrollment.member, cause_of(enrollment)) for enrollment in batch],
            what=params.get("what", ""),
            percent=params.get("percent"),
            amount=_minor(params, club),
            expires_on=expires_on,
            now=now,
        )
        return {
            enrollment.pk: StepOutcome(
                StepRun.Outcome.DONE,
                detail=_("Code %(code)s, good until %(until)s.")
                % {"code": offer.code, "until": day_in_words(offer.expires_on, club.locale)},
            )
            for enrollment, offer in zip(batch, offers, strict=True)
        }


def _minor(params: Params, club: Club) -> int | None:
    amount = params.get("amount")
    return int(Decimal(str(amount)).scaleb(get_currency_precision(club.currency))) if amount else None


def offer_values(batch: Collection[Enrollment], steps: Collection[int]) -> dict[int, dict[str, str]]:
    """By enrollment, what the latest offer made in it gives to the placeholders; one query.

    `steps`: the keys of the workflow's steps that make offers.
    """
    if not steps:
        return {}
    causes = {
        (enrollment.member_id, f"{enrollment.workflow.slug}:{enrollment.occurrence}:{step}"): enrollment.pk
        for enrollment in batch
        for step in steps
    }
    found = Offer.objects.filter(
        member__in={enrollment.member_id for enrollment in batch}, cause__in={cause for _, cause in causes}
    )
    values: dict[int, dict[str, str]] = {}
    for offer in found.select_related("club").order_by("pk"):
        if (pk := causes.get((offer.member_id, offer.cause))) is not None:
            off = off_in_words(offer.percent, offer.amount, offer.club, offer.currency)
            values[pk] = {
                "offer": f"{off} {offer.what}".strip(),
                "offer_code": offer.code,
                "offer_until": day_in_words(offer.expires_on, offer.club.locale),
            }
    return values
