"""Change what is on file about the member: level, stage, trainer, language, renewal, or one of the club's own fields."""

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
from members.operations.member_fields import OWN, change_members
from members.rules.custom_fields import LONGEST, value_of
from members.rules.wording import language_name, languages

ALREADY = "already_so"
AS_IT_IS = ("", gettext_lazy("– stays as it is –"))
RENEWALS = [AS_IT_IS, ("yes", gettext_lazy("renews by itself")), ("no", gettext_lazy("ends by itself"))]


class SetMemberFieldForm(BlockForm):
    level = forms.CharField(
        label=gettext_lazy("Membership level"),
        max_length=50,
        required=False,
        help_text=gettext_lazy("Stays as it is if empty."),
    )
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), choices=[AS_IT_IS, *Stage.choices], required=False)
    trainer = forms.ChoiceField(label=gettext_lazy("Trainer"), required=False)
    own_field = forms.ChoiceField(label=gettext_lazy("Own field"), required=False)
    own_value = forms.CharField(
        label=gettext_lazy("becomes"),
        max_length=LONGEST,
        required=False,
        help_text=gettext_lazy(
            "A text, 42, yes or 2025-09-01, as the field wants it; empty forgets what is known."
        ),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of messages"), required=False)
    renewal = forms.ChoiceField(label=gettext_lazy("Membership"), choices=RENEWALS, required=False)

    folded = ("own_field", "own_value", "language", "renewal")
    folded_as = gettext_lazy("One of your own fields; language; renewal")

    def for_club(self, club: Club | None) -> None:
        people = club.staff.filter(is_active=True).order_by("username") if club else []
        own = club.custom_fields.all() if club else []
        choices = {
            "trainer": [(person.get_username(), str(person)) for person in people],
            "own_field": [(field.name, field.label) for field in own],
            "language": languages(),
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [AS_IT_IS, *offered]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("own_value") and not cleaned.get("own_field") and "own_field" not in self.errors:
            self.add_error("own_field", _("Choose the field that becomes this."))
        if self.club and (name := cleaned.get("own_field")):
            field = self.club.custom_fields.get(name=name)
            try:
                value_of(cleaned.get("own_value", ""), field.type)
            except ValidationError as unfit:
                self.add_error("own_value", unfit)
        if not self.errors and not any(cleaned.values()):
            raise ValidationError(_("Say what is to change."))
        return cleaned


class SetMemberField(Action):
    kind = "set_member_field"
    label = gettext_lazy("Change what is on file about the member")
    Form = SetMemberFieldForm
    locks_members = True

    def sentence(self, params: Params) -> str:
        return _("set %(what)s") % {"what": _(" and ").join(_in_words(params))}

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        club = batch[0].workflow.club
        changed = change_members(
            club=club,
            member_ids={enrollment.member_id for enrollment in batch},
            changes=_changes(club, params),
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


def _changes(club: Club, params: Params) -> dict[str, Any]:
    """By column, or as `change_members` names one of the club's own fields."""
    columns = {"level": "membership_level", "stage": "stage", "language": "language"}
    changes: dict[str, Any] = {name: params[param] for param, name in columns.items() if params.get(param)}
    if renewal := params.get("renewal"):
        changes["is_recurring"] = renewal == "yes"
    if username := params.get("trainer"):
        changes["trainer_id"] = club.staff.get(username=username).pk
    if name := params.get("own_field"):
        field = club.custom_fields.get(name=name)
        changes[f"{OWN}{name}"] = value_of(params.get("own_value", ""), field.type)
    return changes


def _in_words(params: Params) -> list[str]:
    said = []
    if params.get("level"):
        said.append(_("the level to “%(level)s”") % params)
    if params.get("stage"):
        said.append(_("the stage to “%(stage)s”") % {"stage": Stage(params["stage"]).label})
    if params.get("trainer"):
        said.append(_("the trainer to %(trainer)s") % params)
    if params.get("own_field"):
        words = {"name": params["own_field"].replace("_", " "), "value": params.get("own_value", "")}
        said.append(
            (_("“%(name)s” to “%(value)s”") if words["value"] else _("“%(name)s” to nothing")) % words
        )
    if params.get("language"):
        said.append(_("the language to %(name)s") % {"name": language_name(params["language"])})
    if params.get("renewal"):
        said.append(
            _("the membership to renew by itself")
            if params["renewal"] == "yes"
            else _("the membership to end by itself")
        )
    return said
