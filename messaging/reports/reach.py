"""Whether a member may be written to, by channel and category, and what stops it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, CharField, Value, When

from members.models import Member
from messaging.gates import MEMBER_GATES
from messaging.models import Category, Channel


def stopped_by(
    member: Member, channels: Sequence[str] = (Channel.SMS, Channel.EMAIL)
) -> dict[str, dict[str, str]]:
    """For each channel and category the reason of the first gate that stops it, empty if none does; one query."""
    answers: dict[str, Any] = {
        f"{channel}_{category}": Case(
            *(When(gate.blocks(channel, category), then=Value(gate.reason)) for gate in MEMBER_GATES),
            default=Value(""),
            output_field=CharField(),
        )
        for channel in channels
        for category in Category.values
    }
    row = Member.objects.filter(pk=member.pk).order_by().annotate(**answers).values(*answers).get()
    return {
        channel: {category: row[f"{channel}_{category}"] for category in Category.values}
        for channel in channels
    }


def stopped_in_words(channel: str, reason: str, category: str = "") -> str:
    """One sentence, such as “Opted out of texts.”"""
    return next(gate.text(channel, category) for gate in MEMBER_GATES if gate.reason == reason)
