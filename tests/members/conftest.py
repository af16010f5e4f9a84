"""What several tests of the facts and of their pages listen to."""

from tests.told import told

__all__ = ["told"]
