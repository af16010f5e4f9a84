"""What the tests of the API share: a club's system with a key for everything."""

import pytest

from tests.api_client import ApiClient
from tests.factories import ClubFactory


@pytest.fixture
def api():
    return ApiClient(ClubFactory())
