"""Change what is on file about the member: the level, the stage or the trainer, and nothing else."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions.base import Action, StepOutcome
from automations.blocks import BlockForm, Params
from automations.models import Enrollment, StepRun
from members.models import Club
from members.models.members import Stage
from members.operations.member_fields import change_members

ALREADY = "already_so"
NOBODY_ELSE = ("", gettext_lazy("– stays as it is –"))


class SetMemberFieldForm(BlockForm):
    level = forms.CharField(
        label=gettext_lazy("Membership level"),
        max_length=50,
        required=False,
        help_text=gettext_lazy("Stays as it is if empty."),
    )
    stage = forms.ChoiceField(
        label=gettext_lazy("Stage"), choices=[NOBODY_ELSE, *Stage.choices], required=False
    )
    trainer = forms.ChoiceField(label=gettext_lazy("Trainer"), required=False)

    def for_club(self, club: Club | None) -> None:
        people = club.staff.filter(is_active=True).order_by("username") if club else []
        field = self.fields["trainer"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [NOBODY_ELSE, *((person.get_username(), str(person)) for person in people)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(cleaned.get(name) for name in ("level", "stage", "trainer")):
            raise ValidationError(_("Say what is to change."))
        return cleaned


class SetMemberField(Action):
    kind = "set_member_field"
    label = gettext_lazy("Change the member's level, stage or trainer")
    Form = SetMemberFieldForm
    locks_members = True

    def sentence(self, params: Params) -> str:
        return _("set %(what)s") % {"what": _(" and ").join(_in_words(params))}

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        club = batch[0].workflow.club
        changes: dict[str, Any] = {
            name: params[param]
            for param, name in (("level", "membership_level"), ("stage", "stage"))
            if params.get(param)
        }
        if username := params.get("trainer"):
            changes["trainer_id"] = club.staff.get(username=username).pk
        changed = change_members(
            club=club,
            member_ids={enrollment.member_id for enrollment in batch},
            changes=changes,
            why=_("workflow “%(name)s”") % {"name": batch[0].workflow},
            now=now,
        )
        said = "; ".join(_in_words(params))
        return {
            enrollment.pk: StepOutcome(
                StepRun.Outcome.DONE,
                reason="" if enrollment.member_id in changed else ALREADY,
                detail=said
                if enrollment.member_id in changed
                else _("It was so already: %(what)s") % {"what": said},
            )
            for enrollment in batch
        }


def _in_words(params: Params) -> list[str]:
    said = []
    if params.get("level"):
        said.append(_("the level to “%(level)s”") % params)
    if params.get("stage"):
        said.append(_("the stage to “%(stage)s”") % {"stage": Stage(params["stage"]).label})
    if params.get("trainer"):
        said.append(_("the trainer to %(trainer)s") % params)
    return said
