"""Credits: the ledger to read, the balance on a member's page, and the dialog that enters some by hand."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from members.admin.actions import MemberAction, MemberActionForm, add_member_action
from members.admin.columns import WithMember, when
from members.admin.panels import Fact, TimelineEntry, TimelineSource, add_member_facts, add_timeline_source
from members.admin.scoping import (
    ClubScopedAdmin,
    ReadOnly,
    ScopedFilter,
    ScopedSearchFilter,
    visible_club_ids,
)
from members.models import CreditEntry, Member
from members.operations.credits import NotEnoughCredits, balance_of, enter_credits

MOST = 10_000


@admin.register(CreditEntry)
class CreditEntryAdmin(WithMember, ReadOnly, ClubScopedAdmin):
    """A wrong entry is put right by another; credits are entered on a member's page."""

    club_path = "club"
    fields = ["member", "credits", "reason", "entered", "entered_by"]
    readonly_fields = ["entered"]
    list_display = ["entered", "who", "credits", "reason", "entered_by"]
    list_filter = [("member", ScopedSearchFilter), ("club", ScopedFilter)]
    list_filter_submit = True
    list_select_related = ["member", "club", "entered_by"]
    search_fields = ["reason", "member__first_name", "member__last_name", "member__external_id"]
    search_help_text = gettext_lazy("Reason, name or member ID")

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, "club"] if len(visible_club_ids(request)) > 1 else list(self.list_display)

    @admin.display(description=gettext_lazy("entered"))
    def entered(self, entry: CreditEntry) -> str:
        return when(entry.entered_at, entry.club)


class CreditForm(MemberActionForm):
    token = forms.UUIDField(widget=forms.HiddenInput)
    credits = forms.IntegerField(
        label=gettext_lazy("Credits"),
        min_value=-MOST,
        max_value=MOST,
        help_text=gettext_lazy("Below zero to take some."),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    reason = forms.CharField(
        label=gettext_lazy("What for"), max_length=200, widget=UnfoldAdminTextInputWidget
    )

    def prepare(self) -> None:
        self.initial["token"] = uuid.uuid4()

    def clean_credits(self) -> int:
        credits: int = self.cleaned_data["credits"]
        if not credits:
            raise ValidationError(_("Write how many."))
        return credits


class EnterCredits(MemberAction):
    name, icon, permission = "credits", "toll", "members.add_creditentry"
    place = 7
    label, button = gettext_lazy("Credits"), gettext_lazy("Enter the credits")
    Form = CreditForm

    def question(self, member: Member) -> str:
        return _("How many credits for %(name)s?") % {"name": member.first_name}

    def explain(self, member: Member) -> str:
        return _in_words(balance_of(member))

    def do(self, form: MemberActionForm) -> str:
        try:
            is_new = enter_credits(
                member=form.member,
                credits=form.cleaned_data["credits"],
                reason=form.cleaned_data["reason"],
                by=form.request.user,  # type: ignore[arg-type]
                token=form.cleaned_data["token"],
                now=form.now,
            )
        except NotEnoughCredits as refused:
            raise ValidationError({"credits": _in_words(refused.args[0])}) from None
        if not is_new:
            return _("These credits were entered already.")
        return _("Entered. %(balance)s") % {"balance": _in_words(balance_of(form.member))}


def _in_words(balance: int) -> str:
    return ngettext("The balance is %(n)s credit.", "The balance is %(n)s credits.", balance) % {"n": balance}


def balance_on_the_page(request: HttpRequest, member: Member, now: dt.datetime) -> list[Fact]:
    if not request.user.has_perm("members.view_creditentry"):
        return []
    return [Fact(_("Credits"), str(balance))] if (balance := balance_of(member)) else []


def _on_the_timeline(request: HttpRequest, member: Member, limit: int) -> Iterator[TimelineEntry]:
    for entry in member.credit_entries.select_related("entered_by")[:limit]:
        given = ngettext("%(n)s credit", "%(n)s credits", entry.credits) % {"n": f"{entry.credits:+}"}
        by: Any = entry.entered_by
        said = f"{entry.reason} " + _("By %(who)s.") % {"who": by} if by else entry.reason
        yield TimelineEntry(entry.entered_at, given, said, "toll")


add_member_action(EnterCredits())
add_member_facts(balance_on_the_page)
add_timeline_source(
    TimelineSource(
        "members.view_creditentry",
        _on_the_timeline,
        "admin:members_creditentry_changelist",
        gettext_lazy("All credits"),
    )
)
