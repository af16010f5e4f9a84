"""What of the membership itself keeps somebody out, the same for each trigger that asks for it: condition, gate and words."""

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.models import Reason
from members.models import Member, MembershipStatus
from members.models.members import Stage

CONDITIONS = {
    Reason.CANCELED: Q(membership_status=MembershipStatus.CANCELED),
    Reason.FROZEN: Q(membership_status=MembershipStatus.FROZEN),
    Reason.OTHER_STATUS: ~Q(stage=Stage.MEMBER),
}

TEXTS: dict[str, str | Promise] = {
    Reason.CANCELED: gettext_lazy("The membership is canceled."),
    Reason.FROZEN: gettext_lazy("The membership is frozen."),
    Reason.OTHER_STATUS: gettext_lazy("Is not a member yet, or not any more."),
}
"""One sentence for the log, by reason."""


def kept_out(*reasons: Reason) -> list[tuple[Reason, Q]]:
    return [(reason, CONDITIONS[reason]) for reason in reasons]


def gates(member: Member, *reasons: Reason) -> list[tuple[tuple[Reason, ...], str, str]]:
    """The lines that explain `kept_out`, in its order."""
    status = member.get_membership_status_display()
    lines = {
        Reason.CANCELED: (_("not canceled"), status),
        Reason.FROZEN: (_("not frozen"), status),
        Reason.OTHER_STATUS: (_("is a member"), member.get_stage_display()),
    }
    return [((reason,), *lines[reason]) for reason in reasons]
