"""The tables of workflows, of what they decided, and of the jobs that ran."""

from automations.models.alerts import Alert
from automations.models.corrections import Correction, CorrectionRecipient
from automations.models.decisions import Decision, Reason
from automations.models.enrollments import Enrollment, StepRun
from automations.models.jobs import JobRun, JobTally
from automations.models.manual_starts import ManualStart
from automations.models.planned_copies import PlannedCopy
from automations.models.segments import Segment
from automations.models.variants import Variant
from automations.models.workflow_runs import WorkflowRun
from automations.models.workflows import Step, Workflow

__all__ = [
    "Alert",
    "Correction",
    "CorrectionRecipient",
    "Decision",
    "Enrollment",
    "JobRun",
    "JobTally",
    "ManualStart",
    "PlannedCopy",
    "Reason",
    "Segment",
    "Step",
    "StepRun",
    "Variant",
    "Workflow",
    "WorkflowRun",
]
