"""What conditions rest on besides the facts: the segments and the club's own fields that they name."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from automations.conditions.asked import Asked
from automations.conditions.custom import PREFIX
from automations.conditions.segments import SegmentField
from automations.conditions.tree import read
from members.models import Club


def refuse_unfit(stored: Any, club: Club, *, segment: str = "") -> None:
    """ValidationError for conditions that could not be asked, or that would lead back to the segment they are of."""
    asked = Asked(club, timezone.now())
    if segment:
        mine = {"name": segment, "conditions": stored}
        known = {"segments": {**asked.segments, segment: mine}, "custom_fields": asked.custom_fields}
        asked = Asked(club, asked.now, asked.clock, known, (segment,))
    read(stored, asked, is_to_be_saved=True).q(asked)


def kept_with(stored: Any, asked: Asked) -> dict[str, Any]:
    """The segments and own fields that these conditions name, as they are now, to understand them by later."""
    segments: dict[str, Any] = {}
    waiting = [stored]
    custom: set[str] = set()
    while waiting:
        for rule in rules_in(waiting.pop()):
            kind = str(rule.get("field"))
            if kind.startswith(PREFIX):
                custom.add(kind.removeprefix(PREFIX))
            slug = str(rule.get("value")) if kind == SegmentField.kind else ""
            if slug not in segments and (row := asked.segments.get(slug)):
                segments[slug] = {"name": row["name"], "conditions": row["conditions"]}
                waiting.append(row["conditions"])
    fields = {
        name: {"label": own["label"], "type": own["type"]}
        for name in sorted(custom)
        if (own := asked.custom_fields.get(name))
    }
    return {"segments": segments, "custom_fields": fields}


def rules_in(stored: Any) -> Iterator[dict[str, Any]]:
    """Every rule of stored conditions, fit or not."""
    for one in stored.get("rules", ()) if isinstance(stored, dict) else ():
        if isinstance(one, dict) and "rules" in one:
            yield from rules_in(one)
        elif isinstance(one, dict):
            yield one
