"""The triggers: each a question asked of the facts."""

from automations.blocks import Registry
from automations.triggers.base import Edge, Occurrences, Trigger
from automations.triggers.follow_up_status import FollowUpStatusEntered
from automations.triggers.missed_class import MissedClass

TRIGGERS: Registry[Trigger] = Registry([MissedClass(), FollowUpStatusEntered()])

__all__ = ["TRIGGERS", "Edge", "FollowUpStatusEntered", "MissedClass", "Occurrences", "Trigger"]
