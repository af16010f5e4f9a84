"""The tables of words, permissions and messages."""

from messaging.models.centre import (
    MemberPassword,
    MemberSession,
    MessageReceipt,
    SignInLink,
    SignInTry,
)
from messaging.models.consents import ConsentRecord
from messaging.models.figures import Figure
from messaging.models.holds import Hold
from messaging.models.links import MessageLink
from messaging.models.messages import Message, MessageEvent
from messaging.models.notices import Notice, ReceiptCursor
from messaging.models.outcomes import OutcomeDay
from messaging.models.pace import SendingPace
from messaging.models.replies import InboundMessage
from messaging.models.retention import WordsBlanked
from messaging.models.suppressions import Suppression
from messaging.models.switch import SendingSwitch, switch_if_paused
from messaging.models.tallies import MessageTally
from messaging.models.templates import Category, Channel, MessageTemplate
from messaging.models.turns import AddressTurn

__all__ = [
    "AddressTurn",
    "Category",
    "Channel",
    "ConsentRecord",
    "Figure",
    "Hold",
    "InboundMessage",
    "MemberPassword",
    "MemberSession",
    "Message",
    "MessageEvent",
    "MessageLink",
    "MessageReceipt",
    "MessageTally",
    "MessageTemplate",
    "Notice",
    "OutcomeDay",
    "ReceiptCursor",
    "SendingPace",
    "SendingSwitch",
    "SignInLink",
    "SignInTry",
    "Suppression",
    "WordsBlanked",
    "switch_if_paused",
]
