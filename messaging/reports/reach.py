"""Whether a member may be written to, channel by channel, and what stops it."""

from django.db.models import Case, CharField, Value, When

from members.models import Member
from messaging.gates import MEMBER_GATES
from messaging.models import Channel


def stopped_by(member: Member) -> dict[str, str]:
    """For each channel the reason of the first gate that stops it, empty if none does; one query."""
    asked = {
        channel.value: Case(
            *(When(gate.blocks(channel), then=Value(gate.reason)) for gate in MEMBER_GATES),
            default=Value(""),
            output_field=CharField(),
        )
        for channel in (Channel.SMS, Channel.EMAIL)
    }
    answers = {f"by_{channel}": case for channel, case in asked.items()}
    row = Member.objects.filter(pk=member.pk).order_by().annotate(**answers).values(*answers).get()
    return {channel: row[f"by_{channel}"] for channel in asked}


def stopped_in_words(channel: str, reason: str) -> str:
    """One sentence, such as “Opted out of texts.”"""
    return next(gate.text(channel) for gate in MEMBER_GATES if gate.reason == reason)
