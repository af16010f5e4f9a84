"""What is held back by hand: the list of it, holding a member from the member's page, and letting go."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.widgets import UnfoldAdminSelectWidget

from members.admin.actions import MemberAction, MemberActionForm, add_member_action
from members.admin.columns import WithMember, link_to, when
from members.admin.panels import Fact, add_member_facts
from members.admin.questions import NotDone, asked
from members.admin.scoping import ClubScopedAdmin, ReadOnly
from members.models import Member
from members.rules.days import DAY, start_of_day
from messaging.admin.page_deeds import WithPageDeeds
from messaging.models import Hold
from messaging.operations.holds import hold_member, let_go
from messaging.operations.settling import NotPossible


class OpenFilter(DropdownFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("held", _("Held back now")), ("over", _("Let go"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Hold]) -> QuerySet[Hold]:
        over = Q(lifted_at__isnull=False) | Q(until__lte=timezone.now())
        match self.value():
            case "held":
                return rows.exclude(over).filter(lifted_at=None)
            case "over":
                return rows.filter(over)
        return rows


@admin.register(Hold)
class HoldAdmin(ReadOnly, WithPageDeeds, WithMember, ClubScopedAdmin):
    club_path = "member__club"
    list_display = ["since", "who", "what", "by", "ends"]
    list_filter = [OpenFilter]
    list_filter_submit = True
    list_select_related = ["member__club", "message__template", "held_by", "lifted_by"]
    search_fields = ["member__first_name", "member__last_name", "member__external_id"]
    search_help_text = gettext_lazy("Member: name, ID, e-mail or phone")
    fields = ["who", "what", "since", "by", "ends"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hold]:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_urls(self) -> list[Any]:
        own = path(
            "<int:object_id>/let-go/",
            self.admin_site.admin_view(self.let_go_view),
            name="messaging_hold_let_go",
        )
        return [own, *super().get_urls()]

    def deeds_of(self, request: HttpRequest, row: Hold) -> list[dict[str, Any]]:
        may = request.user.has_perm("messaging.change_hold")
        return [let_go_link(row)] if may and row.lifted_at is None else []

    def let_go_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET asks, POST lets go."""
        hold: Hold = self.seen_or_404(request, object_id)
        if not request.user.has_perm("messaging.change_hold"):
            raise PermissionDenied
        now = timezone.now()
        is_open = hold.lifted_at is None
        # Of one message it may be let go while all of the member's are held.
        besides = open_hold_of(hold.member, now) if hold.message_id else None
        still_held = _still_held(besides) if besides else ""

        def do(_cleaned: dict[str, Any]) -> str:
            try:
                let_go(hold_id=hold.pk, by=request.user, now=now)
            except NotPossible as refused:
                raise NotDone(str(refused)) from None
            if still_held:
                return format_html("{} {}", _("Let go."), still_held)
            return _("Let go. It leaves as soon as it may.")

        return asked(
            request,
            title=_("Let it go?") if hold.message_id else _("Let messages to %(name)s go?") % _named(hold),
            explains=still_held or _("What is due leaves as soon as quiet hours and everything else let it.")
            if is_open
            else _("It was let go already."),
            button=_("Let go") if is_open else "",
            deed=do,
            back=reverse("admin:messaging_hold_changelist"),
            opts=Hold._meta,
        )

    @admin.display(description=gettext_lazy("what"))
    def what(self, hold: Hold) -> SafeString | str:
        if hold.message is None:
            return _("all messages")
        template = hold.message.template
        return link_to(hold.message, template.name if template else None)

    @admin.display(description=gettext_lazy("since"), ordering="id")
    def since(self, hold: Hold) -> str:
        return when(hold.held_at, hold.member.club)

    @admin.display(description=gettext_lazy("held by"))
    def by(self, hold: Hold) -> str:
        return str(hold.held_by or _("somebody who left"))

    @admin.display(description=gettext_lazy("until"))
    def ends(self, hold: Hold) -> str:
        club = hold.member.club
        if hold.lifted_at and hold.lifted_at != hold.until:
            words = {"when": when(hold.lifted_at, club), "who": hold.lifted_by or _("somebody who left")}
            return _("let go on %(when)s by %(who)s") % words
        return when(hold.until, club) if hold.until else _("somebody lets go")


def let_go_link(hold: Hold, *, back: str = "") -> dict[str, Any]:
    """`back` is where the person goes on, if not to the list of what is held."""
    url = reverse("admin:messaging_hold_let_go", args=[hold.pk])
    return {"label": _("Let go"), "url": f"{url}?{urlencode({'next': back})}" if back else url}


def _still_held(hold: Hold) -> SafeString | str:
    """Of the hold over all messages to a member: until when, with a link to it."""
    words = {"name": hold.member.first_name, "when": when(hold.until, hold.member.club)}
    said = (
        _("All messages to %(name)s are held back until somebody lets them go.")
        if hold.until is None
        else _("All messages to %(name)s are held back until %(when)s.")
    )
    return link_to(hold, said % words)


def _named(hold: Hold) -> dict[str, str]:
    return {"name": hold.member.first_name}


def open_hold_of(member: Member, now: dt.datetime) -> Hold | None:
    """The hold over all her messages; asked once for the whole page."""
    if not hasattr(member, "_open_hold"):
        holds = Hold.objects.filter(Q(until=None) | Q(until__gt=now), member=member, message=None)
        member._open_hold = holds.filter(lifted_at=None).select_related("held_by").first()  # type: ignore[attr-defined]
    return member._open_hold  # type: ignore[attr-defined, no-any-return]


class HoldForm(MemberActionForm):
    until = forms.ChoiceField(
        label=gettext_lazy("Until"),
        choices=[
            ("today", gettext_lazy("the end of today")),
            ("tomorrow", gettext_lazy("the end of tomorrow")),
            ("lifted", gettext_lazy("somebody lets go")),
        ],
        initial="tomorrow",
        widget=UnfoldAdminSelectWidget,
    )

    def until_when(self) -> dt.datetime | None:
        """The end of the club's own day."""
        if (chosen := self.cleaned_data["until"]) == "lifted":
            return None
        club = self.member.club
        return start_of_day(club.today(self.now) + DAY * (1 if chosen == "today" else 2), club.zone)


class HoldMessages(MemberAction):
    name, icon, permission = "hold", "pause", "messaging.add_hold"
    place = 6
    label, button = gettext_lazy("Hold messages"), gettext_lazy("Hold them back")
    Form = HoldForm

    def is_offered(self, member: Member) -> bool:
        return open_hold_of(member, timezone.now()) is None

    def question(self, member: Member) -> str:
        return _("Hold back all messages to %(name)s?") % {"name": member.first_name}

    def explain(self, member: Member) -> str:
        return _("Nothing leaves meanwhile, of any workflow. What is of no use after that is not sent late.")

    def do(self, form: MemberActionForm) -> str:
        assert isinstance(form, HoldForm)
        until = form.until_when()
        try:
            hold_member(member_id=form.member.pk, until=until, by=form.request.user, now=form.now)
        except NotPossible as refused:
            raise ValidationError(str(refused)) from None
        words = {"name": form.member.first_name, "when": when(until, form.member.club)}
        if until is None:
            return _("Messages to %(name)s are held back until somebody lets go.") % words
        return _("Messages to %(name)s are held back until %(when)s.") % words


def held_back(request: HttpRequest, member: Member, now: dt.datetime) -> list[Fact]:
    if not request.user.has_perm("messaging.view_hold") or (hold := open_hold_of(member, now)) is None:
        return []
    until = when(hold.until, member.club) if hold.until else _("somebody lets go")
    said = _("held back until %(until)s") % {"until": until}
    if not request.user.has_perm("messaging.change_hold"):
        return [Fact(_("Messages"), said)]
    link = let_go_link(hold, back=request.path)
    row = format_html(
        '{} <a class="rollcall-link" href="{}" hx-get="{}" hx-target="#rollcall-dialog">{}…</a>',
        said,
        link["url"],
        link["url"],
        link["label"],
    )
    return [Fact(_("Messages"), row)]


add_member_action(HoldMessages())
add_member_facts(held_back)
