"""Open a staff task: hand the case to a person."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions.base import Action, StepOutcome, cause_of
from automations.blocks import BlockForm, Params
from automations.models import Enrollment, StepRun
from members.models import Club, StaffTask
from members.operations.staff_tasks import open_staff_tasks

TRAINER, ROUND_ROBIN = "trainer", "round_robin"


class OpenStaffTaskForm(BlockForm):
    description = forms.CharField(label=gettext_lazy("What to do"), max_length=300)
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), choices=StaffTask.Priority.choices, initial=StaffTask.Priority.MEDIUM
    )
    due_in_days = forms.IntegerField(label=gettext_lazy("Due in days"), initial=2, min_value=0, max_value=365)
    assignee = forms.ChoiceField(
        label=gettext_lazy("For"),
        initial=TRAINER,
        help_text=gettext_lazy(
            "Whoever of the staff is next gets it if the member has no trainer, or the person is on leave."
        ),
    )

    def for_club(self, club: Club | None) -> None:
        people = (
            club.staff.filter(is_active=True).order_by("username")
            if club
            else get_user_model().objects.none()
        )
        field = self.fields["assignee"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (TRAINER, _("the member's trainer")),
            (ROUND_ROBIN, _("the club's staff in turn")),
            *((person.get_username(), str(person)) for person in people),
        ]


class OpenStaffTask(Action):
    kind = "open_staff_task"
    label = gettext_lazy("Open a staff task")
    Form = OpenStaffTaskForm

    def locks_club(self, params: Params) -> bool:
        return True

    def sentence(self, params: Params) -> str:
        return _("open a staff task: “%(description)s”") % {"description": params["description"].rstrip(".")}

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        workflow = batch[0].workflow
        tasks = open_staff_tasks(
            club=workflow.club,
            causes=[(enrollment.member, cause_of(enrollment)) for enrollment in batch],
            description=params["description"],
            priority=params["priority"],
            due_in_days=params["due_in_days"],
            to_trainer=params["assignee"] == TRAINER,
            to_person=None if params["assignee"] in (TRAINER, ROUND_ROBIN) else params["assignee"],
            now=now,
        )
        return {
            enrollment.pk: StepOutcome(StepRun.Outcome.DONE, staff_task=task)
            for enrollment, task in zip(batch, tasks, strict=True)
        }
