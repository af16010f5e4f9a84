"""Wait until the member did something, or until it took too long."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy, ngettext

from automations.actions.base import Action, StepOutcome
from automations.blocks import BlockForm, Params
from automations.goals import GOALS
from automations.models import Enrollment, StepRun
from automations.timing import days_after, due_after

GO_ON, END = "go_on", "end"
HAPPENED, TIME_UP = "waited_for", "time_up"


class WaitUntilForm(BlockForm):
    goal = forms.ChoiceField(label=gettext_lazy("Until"), choices=[(goal.kind, goal.until) for goal in GOALS])
    days = forms.IntegerField(
        label=gettext_lazy("For at most (days)"),
        initial=3,
        min_value=1,
        max_value=365,
        help_text=gettext_lazy("Whoever has not done it by then goes on with the next step."),
    )
    then = forms.ChoiceField(
        label=gettext_lazy("Whoever does it"),
        choices=[
            (GO_ON, gettext_lazy("goes on with the next step at once")),
            (END, gettext_lazy("is done; no further step is taken")),
        ],
        initial=GO_ON,
    )


class WaitUntil(Action):
    """What counts was done since the step before was taken, or since the beginning if it is the first.

    The wait begins after the step's own delay. How long it lasts is worked out anew each time it is asked, so that who
    stands before it follows an edit.
    """

    kind = "wait_until"
    label = gettext_lazy("Wait until something happens")
    Form = WaitUntilForm
    can_be_late = True
    waits = True

    def sentence(self, params: Params) -> str:
        days = int(params["days"])
        words = {"until": GOALS[params["goal"]].sentence({}), "n": days}
        said = ngettext(
            "wait until %(until)s, for %(n)s day at most",
            "wait until %(until)s, for %(n)s days at most",
            days,
        )
        if params["then"] == END:
            said = ngettext(
                "wait until %(until)s, which ends it, for %(n)s day at most",
                "wait until %(until)s, which ends it, for %(n)s days at most",
                days,
            )
        return said % words

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        goal, zone = GOALS[params["goal"]], batch[0].workflow.club.zone
        waiting = Enrollment.objects.filter(pk__in=[enrollment.pk for enrollment in batch]).annotate(
            since_at=Coalesce("arrived_at", "enrolled_at")
        )
        reached = goal.reached(waiting, now, zone, "since_at")
        return {
            enrollment.pk: self._outcome(enrollment, params, now, is_reached=enrollment.pk in reached)
            for enrollment in batch
        }

    def _outcome(
        self, enrollment: Enrollment, params: Params, now: dt.datetime, *, is_reached: bool
    ) -> StepOutcome:
        assert enrollment.step is not None
        zone = enrollment.member.zone
        begins = due_after(enrollment.step, enrollment.arrived_at or enrollment.enrolled_at, zone)
        until = days_after(begins, params["days"], zone)
        if now < begins:
            return StepOutcome(StepRun.Outcome.SKIPPED, until=begins)
        if is_reached:
            return StepOutcome(StepRun.Outcome.DONE, reason=HAPPENED, ends=params["then"] == END)
        if now < until:
            return StepOutcome(StepRun.Outcome.SKIPPED, until=until)
        return StepOutcome(StepRun.Outcome.DONE, reason=TIME_UP)
