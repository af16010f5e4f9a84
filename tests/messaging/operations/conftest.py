"""These tests send through a provider in memory."""

from tests.scripted_transport import one_caller, provider

__all__ = ["one_caller", "provider"]
