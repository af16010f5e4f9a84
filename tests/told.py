"""Listening to whose facts are announced as changed."""

import pytest

from members.signals import facts_changed


@pytest.fixture
def told():
    """The members whose facts were announced as changed."""
    heard = []

    def listen(member_ids, **_):
        heard.extend(member_ids)

    facts_changed.connect(listen)
    yield heard
    facts_changed.disconnect(listen)
