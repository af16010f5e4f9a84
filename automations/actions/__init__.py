"""The actions: what a workflow's step does."""

from automations.actions.base import Action, StepOutcome
from automations.actions.open_staff_task import OpenStaffTask
from automations.actions.send_message import SendMessage
from automations.blocks import Registry

ACTIONS: Registry[Action] = Registry([SendMessage(), OpenStaffTask()])

__all__ = ["ACTIONS", "Action", "StepOutcome"]
