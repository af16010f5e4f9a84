"""How the facts announce that they changed, without knowing who listens."""

from django.dispatch import Signal

facts_changed = Signal()
"""Sent inside the transaction with `member_ids`, a list of those whose facts changed; listeners act on commit.

`sender` is the model whose rows changed: Visit, Agreement, Payment, Booking or Document where it was those alone, with what of the
member follows from them, such as the last visit; else Member.
"""
