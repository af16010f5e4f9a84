"""The tables of workflows, of what they decided, and of the jobs that ran."""

from automations.models.alerts import Alert
from automations.models.decisions import Decision, Reason
from automations.models.enrollments import Enrollment, StepRun
from automations.models.jobs import JobRun, JobTally
from automations.models.workflows import Step, Workflow, WorkflowRun

__all__ = [
    "Alert",
    "Decision",
    "Enrollment",
    "JobRun",
    "JobTally",
    "Reason",
    "Step",
    "StepRun",
    "Workflow",
    "WorkflowRun",
]
