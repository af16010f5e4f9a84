"""The decisions in the admin."""

from automations.admin import (
    decisions,
    enrollments,
    jobs,
    member_panel,
    message_origins,
    template_use,
    workflows,
)

__all__ = ["decisions", "enrollments", "jobs", "member_panel", "message_origins", "template_use", "workflows"]
