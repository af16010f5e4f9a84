"""The tables of facts."""

from members.models.closures import Closure
from members.models.clubs import Club
from members.models.members import Member, MembershipStatus
from members.models.staff_tasks import StaffTask
from members.models.visits import Visit

__all__ = ["Closure", "Club", "Member", "MembershipStatus", "StaffTask", "Visit"]
