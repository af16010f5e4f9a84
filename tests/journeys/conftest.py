"""These tests send through a provider in memory; those with a page have a real browser."""

from tests.journeys.browsing import browser
from tests.scripted_transport import provider

__all__ = ["browser", "provider"]
