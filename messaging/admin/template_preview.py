"""The live preview beside a template's form: what would be sent, what it costs, and for whom it could not be filled."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone

from members.admin.scoping import visible_club_ids
from members.models import Club
from members.rules.wording import language_name
from messaging.admin.template_trial import Trial, trial_of, viewable_members
from messaging.models import Channel, MessageTemplate
from messaging.reports.empty_values import empty_values
from messaging.reports.text_cost import TextCost, sent_lately, text_cost
from messaging.rules.ways_out import parts_without

OFFERED = 20
# Nothing is loaded and nothing runs: pictures in the mail itself are shown, a click leads nowhere.
FRAME = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"><base target=\"_blank\">"
)


@dataclass(frozen=True)
class BubblePiece:
    text: str
    is_dear: bool


class WithPreview:
    """For the templates' admin."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view  # type: ignore[attr-defined]
        return [
            path("preview/", view(self.preview_view), name="messaging_messagetemplate_preview_new"),
            path("<int:pk>/preview/", view(self.preview_view), name="messaging_messagetemplate_preview"),
            path(
                "<int:pk>/languages/<slug:code>/preview/",
                view(self.preview_view),
                name="messaging_messagetemplate_language_preview",
            ),
            path(
                "preview/members/", view(self.preview_members_view), name="messaging_messagetemplate_members"
            ),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def panel_of(
        self, request: HttpRequest, template: MessageTemplate | None, code: str = ""
    ) -> dict[str, Any]:
        """What the preview beside the form needs; with a language's `code` beside the form of its words."""
        name = "admin:messaging_messagetemplate_"
        panel: dict[str, Any] = {}
        if request.user.has_perm("members.view_member"):
            panel["members_url"] = reverse(f"{name}members")
        if template is None:
            mine = visible_club_ids(request)
            return panel | {
                "url": reverse(f"{name}preview_new"),
                "club_id": mine[0] if len(mine) == 1 else "",
            }
        page, which = (f"{name}language_", [template.pk, code]) if code else (name, [template.pk])
        if self.has_change_permission(request, template):  # type: ignore[attr-defined]
            panel["test_url"] = reverse(f"{page}test", args=which)
        return panel | {
            "url": reverse(f"{page}preview", args=which),
            "club_id": template.club_id,
            "channel": template.channel,
        }

    def preview_view(self, request: HttpRequest, pk: int | None = None, code: str = "") -> HttpResponse:
        """Writes nothing; by POST because that is how unsaved words travel."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        now = timezone.now()
        trial = trial_of(self, request, pk, now, is_sent=False, language=code)
        context: dict[str, Any] = {"trial": trial, "is_email": trial.template.channel == Channel.EMAIL}
        if trial.club and not trial.errors:
            context["lacking"] = empty_values(trial.template, trial.club, code)
        if trial.club and request.user.has_perm("members.change_club"):
            context["club_url"] = reverse("admin:members_club_change", args=[trial.club.pk])
        if trial.gets:
            context["gets"] = language_name(trial.gets)
        context |= shown_as(trial, now)
        return render(request, "admin/messaging/template_preview_result.html", context)

    def preview_members_view(self, request: HttpRequest) -> HttpResponse:
        """The options of the preview's choice: the first members of the club, or those who are searched for."""
        asked = request.GET.get("club", "")
        club = get_object_or_404(Club, pk=asked if asked.isdecimal() else 0, pk__in=visible_club_ids(request))
        members = viewable_members(request, club)
        if words := request.GET.get("q", "").strip()[:100]:
            own = self.admin_site.get_model_admin(members.model)  # type: ignore[attr-defined]
            members, _has_duplicates = own.get_search_results(request, members, words)
        found = list(members.order_by("pk")[:OFFERED])
        context = {"members": found, "nobody": words if words and not found else ""}
        return render(request, "admin/messaging/template_preview_members.html", context)


def shown_as(trial: Trial, now: dt.datetime) -> dict[str, Any]:
    """What the phone or the mail program would show, and what it costs."""
    is_email = trial.template.channel == Channel.EMAIL
    shown: dict[str, Any] = {"trial": trial, "is_email": is_email}
    if trial.words and trial.club:
        if is_email:
            shown["frame"] = FRAME + trial.words.html
            shown["without_a_way_out"] = parts_without(trial.template)
        elif trial.template.channel == Channel.SMS:
            sent = sent_lately(trial.template, now)
            cost = text_cost(trial.words.text, source=trial.template.text_body, club=trial.club, sent=sent)
            shown |= {"cost": cost, "bubble": bubble(trial, cost)}
    return shown


def bubble(trial: Trial, cost: TextCost) -> list[BubblePiece]:
    """The text with its dear characters marked."""
    assert trial.words is not None
    dear = {one.character.shown for one in cost.dear}
    if not dear:
        return [BubblePiece(trial.words.text, False)]
    longest_first = sorted(dear, key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, longest_first))})", trial.words.text)
    return [BubblePiece(piece, piece in dear) for piece in pieces if piece]
