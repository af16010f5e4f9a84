"""What staff do on a member's page about the facts: a visit, a freeze, a task."""

import datetime as dt
import uuid
from typing import Any, ClassVar

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from members.admin.actions import DayInput, HourInput, MemberAction, MemberActionForm, add_member_action
from members.admin.columns import when
from members.models import Member, MembershipStatus, StaffTask, Visit
from members.operations.memberships import freeze, unfreeze
from members.operations.staff_tasks import open_staff_task
from members.operations.visits import record_visit, refuse_before_joining, take_back_visit
from members.rules.days import DAY, at_wall_clock
from members.rules.wording import day_in_words

EARLIEST = dt.date(1900, 1, 1)
DUE_IN = 2 * DAY


class VisitForm(MemberActionForm):
    day = forms.DateField(label=gettext_lazy("Day"), widget=DayInput)
    hour = forms.TimeField(label=gettext_lazy("Time"), widget=HourInput)

    def prepare(self) -> None:
        here = self.now.astimezone(self.member.club.zone)
        self.initial.update(day=here.date().isoformat(), hour=f"{here:%H:%M}")
        self.fields["day"].widget.attrs["max"] = here.date().isoformat()

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        today = self.member.club.today(self.now)
        if not EARLIEST <= day <= today:
            raise ValidationError(_("Choose today or an earlier day."))
        refuse_before_joining(self.member, day)
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "day" in cleaned and "hour" in cleaned:
            attended_at = at_wall_clock(cleaned["day"], cleaned["hour"], self.member.club.zone)
            cleaned["attended_at"] = attended_at
            if attended_at > self.now:
                self.add_error("hour", _("A visit cannot lie in the future."))
        return cleaned


class RecordVisit(MemberAction):
    name, icon, permission = "visit", "login", "members.add_visit"
    place = 1
    label, button = gettext_lazy("Record a visit"), gettext_lazy("Record the visit")
    Form = VisitForm

    def question(self, member: Member) -> str:
        return _("When was %(name)s here?") % {"name": member.first_name}

    def explain(self, member: Member) -> str:
        return _("Filled in for just now. The clock is that of %(club)s.") % {"club": member.club}

    def do(self, form: MemberActionForm) -> str:
        visit = record_visit(
            member_id=form.member.pk, attended_at=form.cleaned_data["attended_at"], now=form.now
        )
        return _("Thank you: %(name)s was here on %(when)s.") % {
            "name": form.member.first_name,
            "when": when(visit.attended_at, form.member.club),
        }


class TakeBackForm(MemberActionForm):
    visit = forms.IntegerField(widget=forms.HiddenInput)

    def clean_visit(self) -> int:
        pk: int = self.cleaned_data["visit"]
        if not Visit.objects.filter(pk=pk, member=self.member).exists():
            raise ValidationError(_("This visit is gone already."))
        return pk


class TakeBackVisit(MemberAction):
    """Reached from the visit itself, on the timeline."""

    name, permission = "take-back-visit", "members.delete_visit"
    label = button = gettext_lazy("Take it back")
    Form = TakeBackForm

    def is_offered(self, member: Member) -> bool:
        return False

    def question(self, member: Member) -> str:
        return _("Was %(name)s not here?") % {"name": member.first_name}

    def context(self, form: MemberActionForm) -> dict[str, Any]:
        asked = str(form["visit"].value())
        visit = Visit.objects.filter(pk=asked, member=form.member).first() if asked.isdecimal() else None
        if visit is None:
            return {"explains": _("This visit is gone already."), "button": ""}
        words = {"when": when(visit.attended_at, form.member.club), "name": form.member.first_name}
        others = form.member.visits.exclude(pk=visit.pk)
        if others.filter(attended_at__gte=visit.attended_at).exists():
            explains = _("The visit on %(when)s is deleted. The last visit of %(name)s stays the same.")
        elif others.exists():
            explains = _("The visit on %(when)s is deleted; the one before it counts as the last again.")
        else:
            explains = _("The visit on %(when)s is deleted.")
        return {"explains": explains % words}

    def do(self, form: MemberActionForm) -> str:
        take_back_visit(visit_id=form.cleaned_data["visit"], now=form.now)
        return _("The visit was taken back.")


class WhyForm(MemberActionForm):
    why = forms.CharField(
        label=gettext_lazy("Why (for the history)"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )


class Freeze(MemberAction):
    name, icon, permission = "freeze", "ac_unit", "members.change_member"
    place = 4
    label, button = gettext_lazy("Freeze"), gettext_lazy("Freeze the membership")
    Form = WhyForm

    def is_offered(self, member: Member) -> bool:
        return member.membership_status == MembershipStatus.ACTIVE

    def question(self, member: Member) -> str:
        return _("Freeze the membership of %(name)s?") % {"name": member}

    def explain(self, member: Member) -> str:
        return _("While it is frozen, workflows leave %(name)s in peace.") % {"name": member.first_name}

    def do(self, form: MemberActionForm) -> str:
        words = {"name": form.member.first_name}
        if freeze(member_id=form.member.pk, now=form.now, reason=form.cleaned_data["why"]):
            return _("The membership of %(name)s is frozen.") % words
        return _("The membership of %(name)s was frozen already.") % words


class Unfreeze(MemberAction):
    name, icon, permission = "unfreeze", "sunny", "members.change_member"
    place = 4
    label, button = gettext_lazy("Unfreeze"), gettext_lazy("Take it up again")
    Form = WhyForm

    def is_offered(self, member: Member) -> bool:
        return member.membership_status == MembershipStatus.FROZEN

    def question(self, member: Member) -> str:
        return _("Take up the membership of %(name)s again?") % {"name": member}

    def explain(self, member: Member) -> str:
        return _("Workflows count %(name)s in again, from the last visit on.") % {"name": member.first_name}

    def do(self, form: MemberActionForm) -> str:
        words = {"name": form.member.first_name}
        if unfreeze(member_id=form.member.pk, now=form.now, reason=form.cleaned_data["why"]):
            return _("The membership of %(name)s is active again.") % words
        return _("The membership of %(name)s was active already.") % words


class TaskForm(MemberActionForm):
    token = forms.UUIDField(widget=forms.HiddenInput)
    description = forms.CharField(
        label=gettext_lazy("What to do"), max_length=300, widget=UnfoldAdminTextInputWidget
    )
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), choices=StaffTask.Priority.choices, widget=UnfoldAdminSelectWidget
    )
    due_on = forms.DateField(label=gettext_lazy("Due"), widget=DayInput)
    assignee = forms.ModelChoiceField(
        label=gettext_lazy("For"),
        queryset=get_user_model().objects.none(),
        required=False,
        empty_label=gettext_lazy("Nobody in particular"),
        widget=UnfoldAdminSelectWidget,
    )

    def prepare(self) -> None:
        today = self.member.club.today(self.now)
        self.initial.update(
            token=uuid.uuid4(), due_on=(today + DUE_IN).isoformat(), priority=StaffTask.Priority.MEDIUM
        )
        people = self.fields["assignee"]
        assert isinstance(people, forms.ModelChoiceField)
        people.queryset = self.member.club.staff.filter(is_active=True).order_by("username")

    def clean_due_on(self) -> dt.date:
        due_on: dt.date = self.cleaned_data["due_on"]
        if due_on < self.member.club.today(self.now):
            raise ValidationError(_("Choose today or a later day."))
        return due_on


class OpenTask(MemberAction):
    name, icon, permission = "task", "add_task", "members.add_stafftask"
    place = 3
    label = button = gettext_lazy("Open a task")
    Form: ClassVar[type[MemberActionForm]] = TaskForm

    def question(self, member: Member) -> str:
        return _("What is to be done for %(name)s?") % {"name": member.first_name}

    def do(self, form: MemberActionForm) -> str:
        cleaned = form.cleaned_data
        is_new = open_staff_task(
            member=form.member,
            description=cleaned["description"],
            priority=cleaned["priority"],
            due_on=cleaned["due_on"],
            assignee_id=cleaned["assignee"].pk if cleaned["assignee"] else None,
            token=cleaned["token"],
            now=form.now,
        )
        if not is_new:
            return _("This task was opened already.")
        words = {"who": cleaned["assignee"], "day": day_in_words(cleaned["due_on"], form.member.club.locale)}
        if cleaned["assignee"]:
            return _("The task is open for %(who)s, due on %(day)s.") % words
        return _("The task is open, due on %(day)s.") % words


for action in (RecordVisit(), OpenTask(), Freeze(), Unfreeze(), TakeBackVisit()):
    add_member_action(action)
