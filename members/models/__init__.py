"""The tables of facts."""

from members.models.agreements import Agreement
from members.models.api_keys import ApiAnswer, ApiKey, Scope
from members.models.bookings import Booking, ClassSession
from members.models.closures import Closure
from members.models.clubs import Club
from members.models.follow_up import FollowUpChange
from members.models.members import FollowUpStatus, Member, MembershipStatus
from members.models.payments import Payment
from members.models.staff_tasks import StaffTask
from members.models.visits import Visit

__all__ = [
    "Agreement",
    "ApiAnswer",
    "ApiKey",
    "Booking",
    "ClassSession",
    "Closure",
    "Club",
    "FollowUpChange",
    "FollowUpStatus",
    "Member",
    "MembershipStatus",
    "Payment",
    "Scope",
    "StaffTask",
    "Visit",
]
