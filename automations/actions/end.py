"""End here, for everybody or for those who did something since they were enrolled."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions.base import Action, StepOutcome
from automations.blocks import BlockForm, Params
from automations.goals import GOALS
from automations.models import Enrollment, StepRun

ENDED, GOES_ON = "ended", "not_ended"


class EndForm(BlockForm):
    only_if = forms.ChoiceField(
        label=gettext_lazy("Only for those who have"),
        choices=[("", gettext_lazy("– for everybody")), *((goal.kind, goal.label) for goal in GOALS)],
        required=False,
        help_text=gettext_lazy("Since the workflow began for them; the others go on with the next step."),
    )


class End(Action):
    kind = "end"
    label = gettext_lazy("End")
    Form = EndForm
    can_be_late = True

    def sentence(self, params: Params) -> str:
        if kind := params.get("only_if"):
            return _("end for those who have %(done)s") % {"done": GOALS[kind].label}
        return _("end")

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        ids = {enrollment.pk for enrollment in batch}
        if kind := params.get("only_if"):
            asked, zone = Enrollment.objects.filter(pk__in=ids), batch[0].workflow.club.zone
            ends = set(GOALS[kind].reached(asked, now, zone, "enrolled_at"))
        else:
            ends = ids
        return {pk: StepOutcome(StepRun.Outcome.DONE, reason=ENDED, ends=True) for pk in ends} | {
            pk: StepOutcome(StepRun.Outcome.SKIPPED, reason=GOES_ON) for pk in ids - ends
        }
