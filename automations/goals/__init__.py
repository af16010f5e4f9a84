"""The goals: what a workflow hopes that the member does."""

from automations.blocks import Registry
from automations.goals.base import Goal
from automations.goals.booked import Booked
from automations.goals.paid import Paid
from automations.goals.purchases import Bought, Renewed
from automations.goals.replied import Replied
from automations.goals.visited import Visited

GOALS: Registry[Goal] = Registry([Visited(), Booked(), Paid(), Bought(), Renewed(), Replied()])

__all__ = ["GOALS", "Goal"]
