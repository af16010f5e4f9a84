"""Note something down on the member's page."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions.base import Action, StepOutcome, all_done, cause_of
from automations.blocks import BlockForm, Params
from automations.models import Enrollment
from members.operations.member_events import note_events


class LogEventForm(BlockForm):
    what = forms.CharField(
        label=gettext_lazy("What to note"),
        max_length=100,
        help_text=gettext_lazy("Stands among what happened on the member's page."),
    )
    detail = forms.CharField(label=gettext_lazy("More about it"), max_length=500, required=False)


class LogEvent(Action):
    kind = "log_event"
    label = gettext_lazy("Note something on the member's page")
    Form = LogEventForm

    def sentence(self, params: Params) -> str:
        return _("note “%(what)s” on the member's page") % {"what": params["what"].rstrip(".")}

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        note_events(
            club=batch[0].workflow.club,
            causes=[(enrollment.member, cause_of(enrollment)) for enrollment in batch],
            what=params["what"],
            detail=params.get("detail", ""),
            now=now,
        )
        return all_done(batch, _("Noted: %(what)s") % params)
