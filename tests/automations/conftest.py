"""These tests send through a provider in memory."""

from tests.scripted_transport import provider

__all__ = ["provider"]
