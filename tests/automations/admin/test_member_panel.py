"""Why, why not and when, for each workflow of the club, on the member's page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from automations.admin import member_panel
from automations.models import Workflow
from tests.factories import (
    MemberFactory,
    StepFactory,
    WorkflowFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def club():
    """With one workflow that is on."""
    return StepFactory().workflow.club


def page(client, member):
    return client.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()


def test_each_workflow_says_why_not_and_when_in_a_sentence(admin_client, club):
    answer = page(admin_client, MemberFactory(club=club, days_away=3))
    assert "Last came on 29 August 2025, 3 days away, needs 7." in answer
    assert "John will be texted on Fri 5 September 2025, 08:00 unless John comes first." in answer


def test_its_conditions_are_folded_with_what_was_seen(admin_client, club):
    answer = page(admin_client, MemberFactory(club=club, days_away=3))
    assert "<details>" in answer
    assert "9 of 10 conditions are met" in answer
    assert "away at least 7 days: <strong>3 days</strong>" in answer


def test_those_switched_off_are_named_below_and_not_asked(admin_client, club, django_assert_num_queries):
    member = MemberFactory(club=club, days_away=3)
    page(admin_client, member)  # What is asked once a process, the content types, is not counted.
    with CaptureQueriesContext(connection) as before:
        page(admin_client, member)
    for number in range(3):
        WorkflowFactory(club=club, slug=f"a{number}", name=f"An early one {number}", is_enabled=False)
    with django_assert_num_queries(len(before)):
        answer = page(admin_client, member)
    assert answer.index("Missed class</a>") < answer.index("An early one 0</a>")
    assert "3 workflows are switched off and follow up nobody" in answer


def test_while_none_is_on_it_says_so(admin_client, club):
    Workflow.objects.update(is_enabled=False)
    assert "No workflow is switched on, so nobody is followed up." in page(
        admin_client, MemberFactory(club=club)
    )


def test_one_that_cannot_be_asked_does_not_break_the_page(admin_client, club):
    Workflow.objects.update(trigger="moon_phase")
    answer = page(admin_client, MemberFactory(club=club))
    assert "This workflow cannot be asked." in answer


def test_of_very_many_only_the_first_are_asked(admin_client, club, monkeypatch):
    monkeypatch.setattr(member_panel, "WORKFLOWS_ASKED", 2)
    for number in range(3):
        WorkflowFactory(club=club, slug=f"more-{number}", name=f"More {number}")
    answer = page(admin_client, MemberFactory(club=club))
    assert "More 0" in answer
    assert "More 1" not in answer
    assert "All workflows" in answer


def test_workflows_of_other_clubs_are_not_asked(admin_client, club):
    WorkflowFactory(name="Stranger")
    assert "Stranger" not in page(admin_client, MemberFactory(club=club))


def test_a_workflow_without_a_cooldown_names_no_days(admin_client, club):
    Workflow.objects.update(cooldown_days=0)
    answer = page(admin_client, MemberFactory(club=club, days_away=3))
    assert "not followed up for this: <strong>never</strong>" in answer
