"""The facts in the admin."""

from members.admin import clubs, members, people, staff_tasks, visits

__all__ = ["clubs", "members", "people", "staff_tasks", "visits"]
