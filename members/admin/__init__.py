"""The facts in the admin."""

from members.admin import clubs, member_actions, members, people, staff_tasks, visits

__all__ = ["clubs", "member_actions", "members", "people", "staff_tasks", "visits"]
