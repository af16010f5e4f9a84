"""What the words ask of the apps above, without knowing who answers."""

from django.dispatch import Signal

template_in_use = Signal()
"""Sent with `template` before one is deleted; each receiver answers with a list of sentences, one per place that uses it."""
