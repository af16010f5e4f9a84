"""Which numbers a network could connect."""

import pytest

from members.rules.phones import is_dialable


@pytest.mark.parametrize("phone", ["+41791234567", "+12025550123", "+442079460958", "+6421234567"])
def test_a_number_of_a_published_plan_is_dialable(phone: str) -> None:
    assert is_dialable(phone)


@pytest.mark.parametrize(
    "phone",
    [
        "",
        "+",
        "+155555501",
        "+15555550123",
        "+999123456789",
        "0791234567",
        "+4179123456789012",
        "call me",
        "\0",
    ],
)
def test_what_no_network_could_connect_is_not_dialable(phone: str) -> None:
    assert not is_dialable(phone)
