"""The decisions in the admin."""

from automations.admin import (
    alerts,
    decisions,
    enrollments,
    jobs,
    manual_starts,
    member_panel,
    message_origins,
    segments,
    step_runs,
    template_use,
    workflows,
)

__all__ = [
    "alerts",
    "decisions",
    "enrollments",
    "jobs",
    "manual_starts",
    "member_panel",
    "message_origins",
    "segments",
    "step_runs",
    "template_use",
    "workflows",
]
