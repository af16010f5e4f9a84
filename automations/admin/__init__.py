"""The decisions in the admin."""

from automations.admin import (
    alerts,
    decisions,
    enrollments,
    jobs,
    member_panel,
    message_origins,
    template_use,
    workflows,
)

__all__ = [
    "alerts",
    "decisions",
    "enrollments",
    "jobs",
    "member_panel",
    "message_origins",
    "template_use",
    "workflows",
]
