"""How much is too much, and how bad is too bad."""

import pytest

from automations.rules.brakes import Outcomes, Weight, median, most_at_once


@pytest.mark.parametrize(
    ("usual", "most"),
    [(None, 50), (0, 20), (1, 20), (6, 20), (7, 21), (100, 300)],
    ids=lambda value: str(value),
)
def test_the_largest_run_is_so_many_times_the_usual_one_yet_never_less_than_twenty(usual, most):
    assert most_at_once(usual, times=3, first=50) == most


def test_one_at_the_limit_goes_ahead_and_one_more_does_not():
    assert not Weight(21, 7, 21).is_too_much
    assert Weight(22, 7, 21).is_too_much


@pytest.mark.parametrize(
    ("sizes", "middle"), [([], None), ([4], 4), ([9, 1, 4], 4), ([1, 9], 9), ([0, 0, 0, 50], 0)]
)
def test_the_usual_size_is_the_one_in_the_middle(sizes, middle):
    assert median(sizes) == middle


@pytest.mark.parametrize(
    ("asked", "failed", "complained", "is_too_bad"),
    [
        (19, 19, 19, False),
        (20, 5, 0, False),
        (20, 6, 0, True),
        (100, 25, 2, False),
        (100, 26, 0, True),
        (100, 0, 3, True),
        (20, 0, 1, False),
        (20, 0, 2, True),
    ],
)
def test_a_quarter_may_fail_and_two_of_a_hundred_complain_of_twenty_messages_or_more(
    asked, failed, complained, is_too_bad
):
    assert Outcomes(asked, failed, complained).is_too_bad is is_too_bad
