"""The facts in the admin."""

from members.admin import (
    agreements,
    bookings,
    clubs,
    follow_up,
    member_actions,
    members,
    payments,
    people,
    staff_tasks,
    visits,
)

__all__ = [
    "agreements",
    "bookings",
    "clubs",
    "follow_up",
    "member_actions",
    "members",
    "payments",
    "people",
    "staff_tasks",
    "visits",
]
