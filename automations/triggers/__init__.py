"""The triggers: each a question asked of the facts."""

from automations.blocks import Registry
from automations.triggers import (
    base,
    bookings,
    document_expiring,
    member_rows,
    membership_expiring,
    payment_overdue,
)
from automations.triggers.base import Edge, Occurrences, Trigger
from automations.triggers.birthday import Birthday
from automations.triggers.bookings import BookingCompleted, BookingConfirmed, BookingCreated, BookingNoShow
from automations.triggers.document_expiring import DocumentExpiring
from automations.triggers.follow_up_status import FollowUpStatusEntered
from automations.triggers.high_retention_risk import HighRetentionRisk
from automations.triggers.low_engagement import LowEngagement
from automations.triggers.manual import Manual
from automations.triggers.membership_expiring import MembershipExpiring
from automations.triggers.milestone import Milestone
from automations.triggers.missed_class import MissedClass
from automations.triggers.new_member import NewMember
from automations.triggers.payment_overdue import PaymentOverdue

TRIGGERS: Registry[Trigger] = Registry(
    [
        MissedClass(),
        FollowUpStatusEntered(),
        LowEngagement(),
        HighRetentionRisk(),
        MembershipExpiring(),
        NewMember(),
        Birthday(),
        Milestone(),
        BookingCreated(),
        BookingConfirmed(),
        BookingCompleted(),
        BookingNoShow(),
        PaymentOverdue(),
        DocumentExpiring(),
        Manual(),
    ]
)

OVER = {
    **base.IN_WORDS,
    **member_rows.IN_WORDS,
    **bookings.IN_WORDS,
    **payment_overdue.IN_WORDS,
    **membership_expiring.IN_WORDS,
    **document_expiring.IN_WORDS,
}
"""Why something that happened is over, by the reasons that `Trigger.over` gives, as the end of a sentence."""

__all__ = ["OVER", "TRIGGERS", "Edge", "FollowUpStatusEntered", "MissedClass", "Occurrences", "Trigger"]
