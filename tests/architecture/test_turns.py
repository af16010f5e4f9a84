"""Tests that share a server take their turns: the runner really sends a group to one of its processes."""

import os

import pytest


@pytest.mark.xdist_group("turns")
def test_the_runner_knows_the_group_of_a_test(request: pytest.FixtureRequest) -> None:
    # By this ending of the name it keeps a group together; a runner that lost it says nothing of that.
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    assert alone or request.node.nodeid.endswith("@turns")
