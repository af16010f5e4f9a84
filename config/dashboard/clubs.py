"""Which of her clubs a person looks at: chosen on the page, kept for her session, never one that she may not see."""

from dataclasses import dataclass

from django.http import HttpRequest

from members.admin.scoping import visible_club_ids
from members.models import Club

KEPT_AS = "dashboard_club"


@dataclass(frozen=True)
class Choice:
    offered: list[Club]
    """Empty where there is nothing to choose."""
    chosen: Club | None
    clubs: list[Club]
    """Those that the page is about."""


def chosen_clubs(request: HttpRequest) -> Choice:
    """By `?club=ID`, or `?club=all` for all of hers; otherwise as last time."""
    visible = list(
        Club.objects.filter(pk__in=visible_club_ids(request)).prefetch_related("closures").order_by("name")
    )
    asked = request.GET.get("club", str(request.session.get(KEPT_AS, "")))
    chosen = next((club for club in visible if str(club.pk) == asked), None)
    if "club" in request.GET and (chosen or asked == "all"):
        request.session[KEPT_AS] = chosen.pk if chosen else ""
    return Choice(visible if len(visible) > 1 else [], chosen, [chosen] if chosen else visible)
