"""A member who is away by their own word, on their page: until when, and the buttons that begin and end it."""

import datetime as dt
from collections.abc import Iterator

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from members.admin.actions import DayInput, MemberAction, MemberActionForm, add_member_action
from members.admin.columns import label
from members.admin.panels import Fact, TimelineEntry, TimelineSource, add_member_facts, add_timeline_source
from members.models import Member, Pause
from members.operations.pauses import end_pause, pause_member
from members.rules.days import DAY
from members.rules.pauses import pauses_at
from members.rules.wording import day_in_words

SOURCE = gettext_lazy("at the front desk")
LONGEST = dt.timedelta(days=366)
USUAL = 14 * DAY


def day_back(pause: Pause, member: Member) -> str:
    return day_in_words(pause.until.astimezone(member.zone).date(), member.club.locale)


class PauseForm(MemberActionForm):
    back_on = forms.DateField(label=gettext_lazy("First day back"), widget=DayInput)
    why = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=Pause.Why.choices, widget=UnfoldAdminSelectWidget
    )
    words = forms.CharField(
        label=gettext_lazy("In their own words (optional)"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )

    def prepare(self) -> None:
        today = self.now.astimezone(self.member.zone).date()
        self.initial.setdefault("back_on", (today + USUAL).isoformat())
        self.fields["back_on"].widget.attrs |= {
            "min": (today + DAY).isoformat(),
            "max": (today + LONGEST).isoformat(),
        }

    def clean_back_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["back_on"]
        today = self.now.astimezone(self.member.zone).date()
        if not today < day <= today + LONGEST:
            raise ValidationError(_("Choose a day from tomorrow on, within a year."))
        return day


class LeaveInPeace(MemberAction):
    name, icon, permission = "pause", "beach_access", "members.add_pause"
    place = 6
    label, button = gettext_lazy("Away for a while"), gettext_lazy("Leave in peace")
    Form = PauseForm

    def is_offered(self, member: Member) -> bool:
        return not _lasting(member)

    def question(self, member: Member) -> str:
        return _("Until when is %(name)s away?") % {"name": member.first_name}

    def explain(self, member: Member) -> str:
        return _("Workflows leave them in peace until then. What they have to be told is sent all the same.")

    def do(self, form: MemberActionForm) -> str:
        pause = pause_member(
            member=form.member,
            back_on=form.cleaned_data["back_on"],
            why=form.cleaned_data["why"],
            source=str(SOURCE),
            words=form.cleaned_data["words"],
            now=form.now,
            recorded_by=form.request.user,
        )
        words = {"name": form.member.first_name, "day": day_back(pause, form.member)}
        return _("%(name)s is left in peace until %(day)s.") % words


class BackAgain(MemberAction):
    name, icon, permission = "end-pause", "waving_hand", "members.change_pause"
    place = 6
    label, button = gettext_lazy("Back again"), gettext_lazy("Back again")

    def is_offered(self, member: Member) -> bool:
        return _lasting(member)

    def question(self, member: Member) -> str:
        return _("Is %(name)s back again?") % {"name": member.first_name}

    def explain(self, member: Member) -> str:
        return _("Workflows go on at once.")

    def do(self, form: MemberActionForm) -> str:
        if not end_pause(member_id=form.member.pk, now=form.now, ended_by=form.request.user):
            return _("That was over already.")
        return _("Workflows go on for %(name)s.") % {"name": form.member.first_name}


def _lasting(member: Member) -> bool:
    """Asked once for both buttons."""
    if not hasattr(member, "is_away"):
        member.is_away = pauses_at(timezone.now()).filter(member=member).exists()  # type: ignore[attr-defined]
    return bool(member.is_away)  # type: ignore[attr-defined]


def _facts(request: HttpRequest, member: Member, now: dt.datetime) -> list[Fact]:
    pause = pauses_at(now).filter(member=member).first()
    if pause is None:
        return []
    words = {"why": pause.get_why_display(), "day": day_back(pause, member)}
    said = label(_("%(why)s, back on %(day)s") % words, "warning")
    return [Fact(_("Away for a while"), said, f"“{pause.words}”" if pause.words else "")]


def _on_the_timeline(request: HttpRequest, member: Member, limit: int) -> Iterator[TimelineEntry]:
    for pause in member.pauses.select_related("recorded_by", "ended_by")[:limit]:
        words = {"why": pause.get_why_display(), "day": day_back(pause, member)}
        told = [f"“{pause.words}”" if pause.words else "", _("How: %(source)s.") % {"source": pause.source}]
        if pause.recorded_by:
            told.append(_("Written down by %(who)s.") % {"who": pause.recorded_by})
        yield TimelineEntry(
            pause.starts_at,
            _("%(why)s, back on %(day)s") % words,
            " ".join(part for part in told if part),
            "beach_access",
        )
        if pause.ended_by:
            who = _("By %(who)s.") % {"who": pause.ended_by}
            yield TimelineEntry(pause.ended_at or pause.until, _("Back again"), who, "waving_hand")


add_member_facts(_facts)
add_timeline_source(TimelineSource("members.view_member", _on_the_timeline))
for action in (LeaveInPeace(), BackAgain()):
    add_member_action(action)
