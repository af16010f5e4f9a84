"""What to say in person today: the cards of messages that were not sent because the member comes anyway."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from members.models import Club, StaffTask

SHOWN = 10


def to_say_today(request: HttpRequest, clubs: Sequence[Club], now: dt.datetime) -> dict[str, Any]:
    """Open ones for today of each club's own calendar, in the order in which they were opened; one query.

    Nothing at all to who may see no tasks.
    """
    may = request.user.has_perm
    if not (may("members.view_member") and may("members.view_stafftask")):
        return {}
    today = Q(pk__in=[])
    for club in clubs:
        today |= Q(club=club, due_on=club.today(now))
    cards = StaffTask.objects.filter(today, kind=StaffTask.Kind.IN_PERSON, status__in=StaffTask.OPEN)
    found = list(cards.select_related("member").order_by("opened_at", "pk")[: SHOWN + 1])
    back = urlencode({"next": request.get_full_path()})
    cards_shown = {
        "rows": [
            {
                "card": card,
                "done": f"{reverse('admin:members_stafftask_deed', args=[card.pk, 'done'])}?{back}"
                if may("members.change_stafftask")
                else "",
            }
            for card in found[:SHOWN]
        ],
        "is_more": len(found) > SHOWN,
    }
    return {"in_person": cards_shown}
