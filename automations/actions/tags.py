"""Put a tag on the member, or take it off."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.actions.base import Action, StepOutcome, all_done
from automations.blocks import BlockForm, Params
from automations.models import Enrollment
from members.models import Club, Tag
from members.operations.tags import put_tag, tag_called, take_tag


class TagForm(BlockForm):
    tag = forms.CharField(
        label=gettext_lazy("Tag"),
        max_length=50,
        help_text=gettext_lazy("A word for your own use; one that does not exist yet is made."),
    )

    def for_club(self, club: Club | None) -> None:
        if club and (names := [tag.name for tag in club.tags.all()[:20]]):
            self.fields["tag"].help_text = _("There is: %(tags)s. Another word makes a new one.") % {
                "tags": ", ".join(names)
            }

    def clean_tag(self) -> str:
        return " ".join(self.cleaned_data["tag"].split())


class AddTag(Action):
    kind = "add_tag"
    label = gettext_lazy("Put a tag on the member")
    Form = TagForm
    locks_members = True

    def sentence(self, params: Params) -> str:
        return _("put the tag “%(tag)s” on the member") % params

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        tag = tag_called(club=batch[0].workflow.club, name=params["tag"])
        put_tag(tag=tag, member_ids={enrollment.member_id for enrollment in batch}, now=now)
        return all_done(batch, _("Tag put on: %(tag)s.") % {"tag": tag})


class RemoveTag(Action):
    kind = "remove_tag"
    label = gettext_lazy("Take a tag off the member")
    Form = TagForm
    locks_members = True

    def sentence(self, params: Params) -> str:
        return _("take the tag “%(tag)s” off the member") % params

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        tag = Tag.objects.filter(club=batch[0].workflow.club_id, name__iexact=params["tag"]).first()
        if tag:
            take_tag(tag=tag, member_ids={enrollment.member_id for enrollment in batch})
        return all_done(batch, _("Tag taken off: %(tag)s.") % params)
