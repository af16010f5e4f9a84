"""Since when a switch has been on, with who used it and why, as far as its history knows."""

from typing import Any

from members.models import Club


def switched_on(history: Any, field: str) -> Any | None:
    """The version by which `field` came to be true for the last time; None where that was not written down."""
    left = history.filter(**{field: False}).order_by("-history_id").values_list("history_id", flat=True)
    since = history.filter(**{field: True}, history_id__gt=left.first() or 0)
    return since.select_related("history_user").order_by("history_id").first()


def pause_of(club: Club) -> Any | None:
    """The version by which sending was paused for the club."""
    return switched_on(club.history, "sending_paused")
