"""The decisions in the admin."""

from automations.admin import (
    decisions,
    enrollments,
    histories,
    jobs,
    member_panel,
    template_use,
    workflows,
)

__all__ = ["decisions", "enrollments", "histories", "jobs", "member_panel", "template_use", "workflows"]
