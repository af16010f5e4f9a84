"""Give the member credits."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy, ngettext

from automations.actions.base import Action, StepOutcome, all_done, cause_of
from automations.blocks import BlockForm, Params
from automations.models import Enrollment
from members.operations.credits import grant_credits


class GrantCreditsForm(BlockForm):
    credits = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=1000)
    reason = forms.CharField(
        label=gettext_lazy("What for"),
        max_length=200,
        help_text=gettext_lazy("Stands in the member's list of credits."),
    )


class GrantCredits(Action):
    kind = "grant_credits"
    label = gettext_lazy("Give credits")
    Form = GrantCreditsForm

    def sentence(self, params: Params) -> str:
        number = int(params["credits"])
        return ngettext("give %(n)s credit", "give %(n)s credits", number) % {"n": number}

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        grant_credits(
            club=batch[0].workflow.club,
            causes=[(enrollment.member, cause_of(enrollment)) for enrollment in batch],
            credits=params["credits"],
            reason=params["reason"],
            now=now,
        )
        number = params["credits"]
        return all_done(
            batch, ngettext("%(n)s credit given.", "%(n)s credits given.", number) % {"n": number}
        )
