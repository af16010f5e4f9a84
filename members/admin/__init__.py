"""The facts in the admin."""

from members.admin import (
    agreements,
    api_keys,
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
    "api_keys",
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
