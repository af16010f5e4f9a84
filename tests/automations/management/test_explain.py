"""`explain` answers in words: why or why not, what each gate saw, and when."""

import datetime as dt

import pytest
import time_machine

from automations.models import Workflow
from tests.automations.management.conftest import Run
from tests.factories import NOW, ClosureFactory, ClubFactory, MemberFactory, StepFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow() -> Workflow:
    club = ClubFactory(name="Lakeside", time_zone="America/New_York")
    return StepFactory(workflow__club=club).workflow


def test_it_says_why_not_what_each_gate_saw_and_when(workflow: Workflow, run: Run) -> None:
    MemberFactory(club=workflow.club, external_id="M4", first_name="Aisha", phone="+41446681800", days_away=6)
    code, text = run("explain", "M4", "--workflow", "missed-class", "--as-of", "2025-09-01T10:00")
    assert code == 0
    assert text.splitlines() == [
        "Aisha Doe and “Missed class”: attended_recently",
        "Last came on 26 August 2025, 6 days away, needs 7.",
        "Aisha will be texted on Tue 2 September 2025, 08:00 unless Aisha comes first.",
        "Never followed up by this workflow.",
        "  ✓ not canceled: Active",
        "  ✓ not frozen: Active",
        "  ✓ has attended: 26 August 2025",
        "  ✗ away at least 7 days: 6 days",
        "  ✓ away fewer than 35 days: 6 days",
        "  ✓ not away by their own word: nothing said",
        "  ✓ has a phone number: +41446681800",
        "  ✓ has not opted out of offers and news: no objection",
        "  ✓ address not suppressed: not on the list",
        "  ✓ not followed up for this, nor in the last 7 days: never",
    ]


def test_it_names_the_closed_days_that_it_left_out(workflow: Workflow, run: Run) -> None:
    ClosureFactory(club=workflow.club, starts_on=dt.date(2025, 8, 30), reopens_on=dt.date(2025, 9, 1))
    MemberFactory(club=workflow.club, external_id="M4", days_away=12)
    _code, text = run("explain", "M4", "--workflow", "missed-class", "--as-of", "2025-09-01T10:00")
    assert "Last came on 20 August 2025, 10 days away (2 closed days not counted)." in text.splitlines()
    assert "  ✓ away at least 7 days: 10 days (2 closed days not counted)" in text.splitlines()


def test_without_an_instant_it_is_now(workflow: Workflow, run: Run) -> None:
    MemberFactory(club=workflow.club, external_id="M4", days_away=6)
    with time_machine.travel(NOW + dt.timedelta(days=1), tick=False):
        _code, text = run("explain", "M4", "--workflow", "missed-class")
    assert text.splitlines()[:2] == [
        "John Doe and “Missed class”: due",
        "Last came on 26 August 2025, 7 days away.",
    ]


def test_who_is_not_a_member_of_this_club_is_told_as_such(workflow: Workflow, run: Run) -> None:
    MemberFactory(external_id="M4")
    words = ("explain", "M4", "--workflow", "missed-class", "--club", workflow.club.slug)
    assert run(*words) == (2, "Lakeside has no member with the ID “M4”.")


def test_a_workflow_it_does_not_know_is_answered_with_those_it_knows(workflow: Workflow, run: Run) -> None:
    code, text = run("explain", "M4", "--workflow", "birthday")
    assert (code, text) == (2, "Lakeside has no workflow “birthday”. It has: missed-class.")


def test_what_is_no_instant_is_refused(workflow: Workflow, run: Run) -> None:
    MemberFactory(club=workflow.club, external_id="M4")
    assert run("explain", "M4", "--workflow", "missed-class", "--as-of", "soon")[0] == 2
