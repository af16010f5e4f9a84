"""What tests of triggers share: a club that is never in its quiet hours."""

import datetime as dt

import pytest

from tests.factories import ClubFactory


@pytest.fixture
def club():
    return ClubFactory(send_from=dt.time(0), send_until=dt.time.max)
