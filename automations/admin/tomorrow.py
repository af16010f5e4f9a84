"""Tomorrow's outbox: what leaves tomorrow, member by member, in its words; any of it can be held or written anew."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.models import Enrollment, PlannedCopy, Workflow
from automations.operations.enrollments import MovedOn, NotUnderWay
from automations.operations.planned_copies import edit_planned, hold_planned
from automations.reports.club_days import ClubDay
from automations.reports.planned_messages import Planned
from automations.reports.tomorrow import COUNTED, PAGE, outbox_page, planned_step
from members.admin.actions import address_of_action
from members.admin.columns import when
from members.admin.questions import NotDone, asked
from members.admin.scoping import visible_club_ids
from members.models import Club
from members.rules.wording import day_in_words
from messaging.admin.message_copies import CopyForm, copy_explained
from messaging.models import Channel, Hold
from messaging.reports.standstill import Standstill
from messaging.rules.copies import WORDS_OF
from messaging.rules.languages import in_language, language_for

PERMISSIONS = ("members.view_member", "messaging.view_message", "automations.view_enrollment")
"""What it takes to see the page."""

MOVED_ON = gettext_lazy(
    "This member has moved on meanwhile; nothing was changed. Look again what is planned."
)


def may_see_tomorrow(request: HttpRequest) -> bool:
    return request.user.has_perms(PERMISSIONS)


class WithTomorrow:
    """For the admin of those under way: the page, and the questions about what is planned for one of them."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view  # type: ignore[attr-defined]
        return [
            path("tomorrow/", view(self.tomorrow_view), name="automations_tomorrow"),
            path(
                "<int:object_id>/planned/hold/", view(self.planned_hold_view), name="automations_planned_hold"
            ),
            path(
                "<int:object_id>/planned/edit/", view(self.planned_edit_view), name="automations_planned_edit"
            ),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def tomorrow_view(self, request: HttpRequest) -> HttpResponse:
        """One club's next day, `?club=ID`; `?workflow=ID` for one of its workflows; `?p=` for the later pages. Writes nothing."""
        if not may_see_tomorrow(request):
            raise PermissionDenied
        now = timezone.now()
        clubs = list(Club.objects.filter(pk__in=visible_club_ids(request)).order_by("name"))
        asked_for = request.GET.get("club", "")
        club = next((one for one in clubs if str(one.pk) == asked_for), clubs[0] if clubs else None)
        context: dict[str, Any] = {"clubs": clubs if len(clubs) > 1 else [], "club": club}
        if club:
            context |= self._day(request, club, now)
        context |= {**self.admin_site.each_context(request), "title": _("Planned for tomorrow")}  # type: ignore[attr-defined]
        return render(request, "admin/automations/tomorrow.html", context)

    def _day(self, request: HttpRequest, club: Club, now: Any) -> dict[str, Any]:
        day = ClubDay.tomorrow(club, now)
        workflows = list(Workflow.objects.filter(club=club).order_by("name"))
        chosen = next((one for one in workflows if str(one.pk) == request.GET.get("workflow", "")), None)
        asked_for = request.GET.get("p", "")
        number = min(max(int(asked_for), 1), COUNTED // PAGE) if asked_for.isdecimal() else 1
        page = outbox_page(day, now, page=number, workflow=chosen)

        def link(p: int) -> str:
            return "?" + urlencode({"club": club.pk, "workflow": chosen.pk if chosen else "", "p": p})

        return {
            "day": day_in_words(day.day, club.locale),
            "zone": club.time_zone,
            "workflows": workflows,
            "workflow": chosen,
            "number": min(page.number, COUNTED),
            "is_more": page.number > COUNTED,
            "foreseen": min(page.foreseen, COUNTED),
            "more_foreseen": "+" if page.foreseen > COUNTED else "",
            "seen_at": when(page.seen_at, club) if page.seen_at else "",
            "rows": [self._row(request, day, row, page.standstill) for row in page.rows],
            "before": link(number - 1) if number > 1 else "",
            "after": link(number + 1) if page.has_more else "",
        }

    def _row(
        self, request: HttpRequest, day: ClubDay, row: Planned, standstill: Standstill | None
    ) -> dict[str, Any]:
        here = urlencode({"next": request.get_full_path()})
        club = day.club
        return {
            "planned": row,
            "at": when(row.at, club),
            "keeps": _keeps(row, day, standstill),
            "channel": Channel(row.channel).label if row.channel else "",
            "held": _held(row, club),
            "deeds": [(label, f"{url}?{here}") for label, url in _deeds(request, row)],
        }

    def planned_hold_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET asks, POST holds what the next step will write, or lets it go again."""
        enrollment = self._enrollment(request, object_id, "messaging.add_hold", "messaging.change_hold")
        planned = self._planned(enrollment)
        copy = enrollment.planned_copies.filter(step=enrollment.step).first()
        is_held = copy is not None and copy.is_held
        step_id = enrollment.step_id or 0

        def do(_cleaned: dict[str, Any]) -> str:
            try:
                hold_planned(
                    enrollment_id=enrollment.pk,
                    step_id=step_id,
                    channel=planned.channel,
                    is_held=not is_held,
                    by=request.user,
                    now=timezone.now(),
                )
            except (MovedOn, NotUnderWay):
                raise NotDone(str(MOVED_ON)) from None
            said = _("Let go: let the next message leave.") if is_held else _("Hold back the next message.")
            self.log_change(request, enrollment, said)  # type: ignore[attr-defined]
            return _("It leaves as planned.") if is_held else _("It is held back until somebody lets it go.")

        return asked(
            request,
            title=_("Let this message go?") if is_held else _("Hold this message back?"),
            explains=_("It leaves as planned.")
            if is_held
            else _("It does not leave until somebody lets it go, and not at all once it is of no use."),
            button=_("Let go") if is_held else _("Hold it back"),
            deed=do,
            back=reverse("admin:automations_tomorrow"),
            opts=Enrollment._meta,
        )

    def planned_edit_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET shows the words, POST keeps others for this member's message alone."""
        enrollment = self._enrollment(request, object_id, "messaging.change_message")
        planned = self._planned(enrollment)
        template = planned.template
        if template is None or not WORDS_OF[template.channel]:
            raise Http404
        copy = enrollment.planned_copies.filter(step=enrollment.step, channel=template.channel).first()
        step_id = enrollment.step_id or 0

        def do(cleaned: dict[str, Any]) -> str:
            try:
                edit_planned(
                    enrollment_id=enrollment.pk,
                    step_id=step_id,
                    template=template,
                    words=cleaned,
                    by=request.user,
                    now=timezone.now(),
                )
            except (MovedOn, NotUnderWay):
                raise NotDone(str(MOVED_ON)) from None
            said = _("Changed the words of the next message.")
            self.log_change(request, enrollment, said)  # type: ignore[attr-defined]
            return _("This message will say it in your words.")

        return asked(
            request,
            CopyForm(
                request.POST if request.method == "POST" else None,
                template=in_language(
                    template, language_for(template, enrollment.member, enrollment.workflow.club)
                ),
                initial=(copy.own_words if copy else None) or {},
            ),
            title=_("Words of this message to %(member)s") % {"member": enrollment.member},
            explains=copy_explained(),
            button=_("Keep these words"),
            deed=do,
            back=reverse("admin:automations_tomorrow"),
            opts=Enrollment._meta,
        )

    def _enrollment(self, request: HttpRequest, object_id: int, *needs: str) -> Enrollment:
        enrollment: Enrollment = self.seen_or_404(request, object_id)  # type: ignore[attr-defined]
        if not (may_see_tomorrow(request) and request.user.has_perms(needs)):
            raise PermissionDenied
        return enrollment

    def _planned(self, enrollment: Enrollment) -> Planned:
        now = timezone.now()
        planned = planned_step(enrollment.pk, ClubDay.tomorrow(enrollment.workflow.club, now), now)
        if planned is None or enrollment.status != Enrollment.Status.ACTIVE:
            raise Http404
        return planned


def _keeps(row: Planned, day: ClubDay, standstill: Standstill | None) -> str:
    """What keeps it from leaving; of a pause since when too, and what then, if it is due before the day. Empty if nothing."""
    if not standstill or row.waits_for != standstill.reason:
        return row.keeps
    words = {"why": row.keeps, "when": when(standstill.since, day.club)}
    why = _("%(why)s since %(when)s") % words if standstill.since else row.keeps
    return _("%(why)s; it leaves as soon as that is over") % {"why": why} if row.at < day.begins else why


def _held(row: Planned, club: Club) -> str:
    """Who holds it back since when, in words; empty if nobody does."""
    match row.hold:
        case Hold() as hold:
            words = {"who": hold.held_by or _("somebody who left"), "when": when(hold.held_at, club)}
            if row.of_member:
                return _("Everything to this member is held back by %(who)s since %(when)s.") % words
        case PlannedCopy() as copy:
            words = {"who": copy.changed_by or _("somebody who left"), "when": when(copy.changed_at, club)}
        case _:
            return ""
    return _("Held back by %(who)s since %(when)s.") % words


def _deeds(request: HttpRequest, row: Planned) -> list[tuple[str, str]]:
    """What this person may do about it: label and address."""
    may = request.user.has_perm
    deeds: list[tuple[str, str]] = []
    let_go, hold = _("Let go"), _("Hold it back")
    if isinstance(row.hold, Hold):
        if may("messaging.change_hold") and may("messaging.view_hold"):
            deeds.append((let_go, reverse("admin:messaging_hold_let_go", args=[row.hold.pk])))
    elif row.message:
        if may("messaging.add_hold"):
            deeds.append((hold, reverse("admin:messaging_message_hold", args=[row.message.pk])))
    elif row.enrollment and row.channel and may("messaging.add_hold") and may("messaging.change_hold"):
        label = let_go if row.hold else hold
        deeds.append((label, reverse("admin:automations_planned_hold", args=[row.enrollment.pk])))
    if not row.of_member and may("messaging.add_hold"):
        deeds.append((_("Hold the member"), address_of_action("hold", row.member)))
    written = row.message or row.enrollment
    if written and row.template and WORDS_OF[row.channel] and may("messaging.change_message"):
        name = "messaging_message_edit" if row.message else "automations_planned_edit"
        deeds.append((_("Change the words"), reverse(f"admin:{name}", args=[written.pk])))
    return deeds
