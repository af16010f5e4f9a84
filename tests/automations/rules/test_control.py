"""Who is left out to compare: so many of a hundred, always the same, for each workflow others."""

import pytest

from automations.models import Workflow
from automations.rules.control import in_control
from members.models import Member
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def left_out(workflow: int, percent: int) -> set[int]:
    return set(Member.objects.filter(in_control(Workflow(pk=workflow), percent)).values_list("pk", flat=True))


@pytest.fixture
def crowd() -> None:
    club = MemberFactory().club
    Member.objects.bulk_create(
        [Member(club=club, external_id=f"C{n}", first_name="One") for n in range(3_000)]
    )


@pytest.mark.usefixtures("crowd")
def test_about_so_many_of_a_hundred_are_left_out() -> None:
    assert left_out(1, 0) == set()
    for percent in (1, 5, 10, 20):
        # Four standard deviations of 3,000 throws: one such test in some ten thousand choices of keys fails.
        assert abs(len(left_out(1, percent)) - 30 * percent) < 4 * (30 * percent * (1 - percent / 100)) ** 0.5


@pytest.mark.usefixtures("crowd")
def test_a_larger_share_keeps_those_of_the_smaller_one() -> None:
    assert left_out(1, 5) < left_out(1, 10) < left_out(1, 20)
    assert left_out(1, 10) == left_out(1, 10)


@pytest.mark.usefixtures("crowd")
def test_another_workflow_leaves_out_others() -> None:
    both = left_out(1, 20) & left_out(2, 20)
    assert 60 < len(both) < 180  # 120 of 3,000 by chance
