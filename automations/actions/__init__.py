"""The actions: what a workflow's step does."""

from automations.actions.base import Action, StepOutcome
from automations.actions.end import End
from automations.actions.grant_credits import GrantCredits
from automations.actions.log_event import LogEvent
from automations.actions.make_offer import MakeOffer
from automations.actions.open_staff_task import OpenStaffTask
from automations.actions.send_message import SendMessage
from automations.actions.set_member_field import SetMemberField
from automations.actions.tags import AddTag, RemoveTag
from automations.actions.wait_until import WaitUntil
from automations.blocks import Registry

ACTIONS: Registry[Action] = Registry(
    [
        SendMessage(),
        OpenStaffTask(),
        AddTag(),
        RemoveTag(),
        MakeOffer(),
        GrantCredits(),
        SetMemberField(),
        LogEvent(),
        WaitUntil(),
        End(),
    ]
)

__all__ = ["ACTIONS", "Action", "StepOutcome"]
