"""These tests send through a provider in memory, and may listen to whose facts are announced as changed."""

from tests.scripted_transport import provider
from tests.told import told

__all__ = ["provider", "told"]
