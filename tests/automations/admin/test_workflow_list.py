"""The list of workflows with its numbers, and the starting ones for the asking."""

import pytest
from django.urls import reverse

from automations.models import Workflow
from automations.operations.starting_library import starting_library
from messaging.models import MessageTemplate
from tests.factories import (
    NOW,
    ClubFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageFactory,
    StepFactory,
    StepRunFactory,
    WorkflowFactory,
    WorkflowRunFactory,
)
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LIST = reverse("admin:automations_workflow_changelist")
STARTING = reverse("admin:automations_workflow_starting_library")


def words(response):
    return " ".join(response.content.decode().split())


def test_it_says_how_each_one_does(admin_client):
    workflow = StepFactory().workflow
    run = WorkflowRunFactory(workflow=workflow, finished_at=NOW, counts={"due": 4, "frozen": 9})
    member = MemberFactory(club=workflow.club, last_attended_at=NOW)
    enrollment = EnrollmentFactory(workflow=workflow, run=run, member=member, enrolled_at=NOW.replace(hour=1))
    StepRunFactory(enrollment=enrollment, message=MessageFactory(member=member, status="sent", sent_at=NOW))
    shown = words(admin_client.get(LIST))
    for said in ("4 due", '<td class="', "1 of 1", "When a member has stayed away"):
        assert said in shown


def test_one_that_is_off_looks_off(admin_client):
    WorkflowFactory(is_enabled=False, name="Sleeping")
    assert '<span class="rollcall-off">Sleeping</span>' in words(admin_client.get(LIST))


def test_the_starting_ones_are_offered_where_there_are_none(admin_client):
    ClubFactory()
    assert "Or begin with the ones that many clubs use." in words(admin_client.get(LIST))
    WorkflowFactory()
    assert "Or begin with the ones that many clubs use." not in words(admin_client.get(LIST))
    assert STARTING in words(admin_client.get(LIST))


def test_they_are_added_switched_off_by_a_post(client):
    club = ClubFactory()
    client.force_login(staff_of(club))
    assert client.get(STARTING).status_code == 200
    assert not Workflow.objects.exists()
    response = client.post(STARTING, {"club": club.pk}, follow=True)
    library = starting_library(club)
    assert f"{len(library)} workflows were added, switched off" in words(response)
    assert set(Workflow.objects.values_list("club", "is_enabled")) == {(club.pk, False)}
    assert MessageTemplate.objects.filter(club=club).exists()
    again = client.post(STARTING, {"club": club.pk}, follow=True)
    assert "has all of them already" in words(again)
    shown = words(client.get(STARTING))
    assert f"{club} has all of them already." in shown
    assert "Add all of them" not in shown


def test_one_alone_is_added_by_its_button_with_its_message(client):
    club = ClubFactory()
    client.force_login(staff_of(club))
    shown = words(client.get(STARTING))
    shelves = [f">{category}</h2>" for category in ("Coming back", "Follow-up status", "Bookings")]
    assert sorted(shelves, key=shown.index) == shelves
    assert "Asks kindly after a class that somebody booked and did not come to." in shown
    response = client.post(STARTING, {"club": club.pk, "workflow": "no-show"}, follow=True)
    assert "1 workflow was added, switched off" in words(response)
    workflow = Workflow.objects.get()
    assert (workflow.slug, workflow.category, workflow.is_enabled) == ("no-show", "bookings", False)
    assert [template.slug for template in MessageTemplate.objects.all()] == ["no-show-sms"]
    page = reverse("admin:automations_workflow_change", args=[workflow.pk])
    assert f'href="{page}"' in words(client.get(STARTING))


def test_the_shelves_are_those_of_the_chosen_club(client):
    one, other = ClubFactory(), ClubFactory()
    WorkflowFactory(club=other, slug="no-show")
    client.force_login(staff_of(one, other))
    assert words(client.get(STARTING, {"club": other.pk})).count(">Open<") == 1
    assert words(client.get(STARTING, {"club": one.pk})).count(">Open<") == 0


def test_a_club_of_others_gets_none(client):
    theirs = ClubFactory()
    client.force_login(staff_of(ClubFactory()))
    assert client.post(STARTING, {"club": theirs.pk}).status_code == 403
    assert str(theirs) not in words(client.get(STARTING))
    assert not Workflow.objects.exists()


def test_who_may_not_add_workflows_is_not_offered_them(client):
    club = ClubFactory()
    client.force_login(staff_of(club, permissions=["automations.view_workflow"]))
    assert STARTING not in words(client.get(LIST))
    assert client.post(STARTING, {"club": club.pk}).status_code == 403
    assert not Workflow.objects.exists()


def test_those_that_are_on_come_first(admin_client):
    club = ClubFactory()
    for name, is_enabled in (("A", False), ("B", True), ("C", False), ("D", True)):
        WorkflowFactory(club=club, slug=name.lower(), name=name, is_enabled=is_enabled)
    rows = admin_client.get(LIST).context["cl"].result_list
    assert [workflow.name for workflow in rows] == ["B", "D", "A", "C"]


def test_it_says_what_still_waits(admin_client):
    workflow = StepFactory().workflow
    enrollment = EnrollmentFactory(workflow=workflow)
    StepRunFactory(enrollment=enrollment, message=MessageFactory(member=enrollment.member))
    shown = words(admin_client.get(LIST))
    assert "0<br>1 waiting" in shown
    assert "Came back: of the members whose message has left" in shown
