"""The decisions in the admin."""

from automations.admin import decisions, enrollments, jobs, template_use, workflows

__all__ = ["decisions", "enrollments", "jobs", "template_use", "workflows"]
