"""`add_starting_workflows` says what it gave, and to whom."""

import pytest

from automations.models import Workflow
from tests.automations.management.conftest import Run
from tests.factories import ClubFactory

pytestmark = pytest.mark.django_db


def test_it_says_what_the_club_has_now(run: Run) -> None:
    ClubFactory(name="Lakeside")
    code, said = run("add_starting_workflows")
    assert (code, said.startswith("Lakeside now also has (off): missed-class, ")) == (0, True)


def test_a_second_time_it_says_that_there_is_nothing_to_add(run: Run) -> None:
    ClubFactory(name="Lakeside")
    run("add_starting_workflows")
    assert run("add_starting_workflows") == (0, "Lakeside has all of them already.\n")


def test_of_several_clubs_only_the_named_one_gets_them(run: Run) -> None:
    ClubFactory(slug="lakeside")
    ClubFactory(slug="hillside")
    assert run("add_starting_workflows")[0] == 2
    assert not Workflow.objects.exists()
    run("add_starting_workflows", "--club", "hillside")
    assert set(Workflow.objects.values_list("club__slug", flat=True)) == {"hillside"}
