"""The conditions: what a workflow asks of a member besides its trigger's question, in groups of rules."""

from automations.conditions.asked import Asked
from automations.conditions.base import ConditionField, RuleForm, Topic
from automations.conditions.fields import FIELDS, field_named, fields_of
from automations.conditions.operators import Operator, unless
from automations.conditions.tree import Group, Rule, read
from automations.conditions.uses import kept_with, refuse_unfit

__all__ = [
    "FIELDS",
    "Asked",
    "ConditionField",
    "Group",
    "Operator",
    "Rule",
    "RuleForm",
    "Topic",
    "field_named",
    "fields_of",
    "kept_with",
    "read",
    "refuse_unfit",
    "unless",
]
