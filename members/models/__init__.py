"""The tables of facts."""

from members.models.agreements import Agreement
from members.models.api_keys import ApiAnswer, ApiKey, Scope
from members.models.bookings import Booking, ClassSession
from members.models.closures import Closure
from members.models.clubs import Club
from members.models.credits import CreditEntry
from members.models.custom_fields import CustomField
from members.models.documents import Document
from members.models.erased import ErasedMember
from members.models.follow_up import FollowUpChange
from members.models.leaves import Leave, StaffTurn
from members.models.member_events import MemberEvent
from members.models.members import FollowUpStatus, Member, MembershipStatus
from members.models.offers import Offer
from members.models.pauses import Pause
from members.models.payments import Payment
from members.models.staff_tasks import StaffTask
from members.models.tags import MemberTag, Tag
from members.models.visits import TakenBackVisit, Visit

__all__ = [
    "Agreement",
    "ApiAnswer",
    "ApiKey",
    "Booking",
    "ClassSession",
    "Closure",
    "Club",
    "CreditEntry",
    "CustomField",
    "Document",
    "ErasedMember",
    "FollowUpChange",
    "FollowUpStatus",
    "Leave",
    "Member",
    "MemberEvent",
    "MemberTag",
    "MembershipStatus",
    "Offer",
    "Pause",
    "Payment",
    "Scope",
    "StaffTask",
    "StaffTurn",
    "Tag",
    "TakenBackVisit",
    "Visit",
]
