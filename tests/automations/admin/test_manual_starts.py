"""“Start a workflow” in the admin: asked first, once per dialog, only for whoever may, and only within the own clubs."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from automations.models import Enrollment, ManualStart, Workflow
from automations.rules.control import in_control
from members.models import Member
from tests.factories import ClubFactory, MemberFactory, StepFactory, UserFactory, WorkflowFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_now")]
LIST = "admin:members_member_changelist"


@pytest.fixture
def workflow():
    workflow = WorkflowFactory(
        name="Open day", trigger="manual", trigger_params={}, cooldown_days=0, club=ClubFactory()
    )
    StepFactory(workflow=workflow)
    return workflow


@pytest.fixture
def member(workflow):
    return MemberFactory(club=workflow.club, first_name="Ana")


@pytest.fixture
def staff(client, workflow):
    person = staff_of(workflow.club)
    client.force_login(person)
    return person


def chosen(client, *members, **more):
    """The list posts who was chosen."""
    data = {"action": "start_workflow", "_selected_action": [one.pk for one in members], "index": "0"}
    return client.post(reverse(LIST), data | more)


def hidden(page: str) -> dict[str, list[str]]:
    """What the question carries on."""
    found: dict[str, list[str]] = {}
    form = page[page.index('id="rollcall-question"') :]
    for tag in re.findall(r"<input[^>]+type=\"hidden\"[^>]*>", form[: form.index("</form>")]):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        found.setdefault(name[1], []).append(value[1] if value else "")
    return found


def test_the_list_asks_then_starts_for_those_who_were_chosen(client, staff, workflow, member):
    other, third = MemberFactory.create_batch(2, club=workflow.club)
    page = chosen(client, member, other).content.decode()
    assert "Start which workflow for 2 members?" in page
    assert "When somebody of the staff starts it for a member" in page
    assert not ManualStart.objects.exists()
    answer = {**hidden(page), "workflow": workflow.pk}
    done = client.post(reverse(LIST), answer, follow=True).content.decode()
    assert "“Open day” was started for 2 members." in done
    assert set(Enrollment.objects.values_list("member", flat=True)) == {member.pk, other.pk}
    again = client.post(reverse(LIST), answer, follow=True).content.decode()
    assert "This was started already." in again
    assert ManualStart.objects.count() == 2
    assert not ManualStart.objects.filter(member=third).exists()


def test_everybody_whom_the_list_shows_may_be_chosen(client, staff, workflow, member):
    MemberFactory.create_batch(2, club=workflow.club, first_name="Ben")
    page = client.post(
        reverse(LIST) + "?q=Ben",
        {"action": "start_workflow", "_selected_action": [member.pk], "select_across": "1", "index": "0"},
    )
    answer = {**hidden(page.content.decode()), "workflow": workflow.pk}
    client.post(reverse(LIST) + "?q=Ben", answer)
    assert set(Enrollment.objects.values_list("member__first_name", flat=True)) == {"Ben"}
    assert Enrollment.objects.count() == 2


def test_nothing_is_started_before_one_is_chosen(client, staff, workflow, member):
    page = chosen(client, member).content.decode()
    refused = client.post(reverse(LIST), {**hidden(page), "workflow": ""}).content.decode()
    assert "This field is required." in refused
    assert not ManualStart.objects.exists()


def test_another_clubs_members_and_workflows_are_out_of_reach(client, staff, workflow, member):
    theirs = WorkflowFactory(name="Theirs", trigger="manual", trigger_params={})
    StepFactory(workflow=theirs)
    stranger = MemberFactory(club=theirs.club)
    page = chosen(client, member, stranger).content.decode()
    assert "1 member?" in page
    assert "Theirs" not in page
    refused = client.post(reverse(LIST), {**hidden(page), "workflow": theirs.pk}).content.decode()
    assert "Select a valid choice" in refused
    assert not ManualStart.objects.exists()


def test_who_may_not_is_not_offered_it_and_cannot(client, workflow, member):
    person = UserFactory()
    person.user_permissions.set(Permission.objects.filter(codename__in=["view_member", "change_member"]))
    workflow.club.staff.add(person)
    client.force_login(person)
    assert "start_workflow" not in client.get(reverse(LIST)).content.decode()
    chosen(client, member)
    url = reverse("admin:members_member_action", args=[member.pk, "start-workflow"])
    assert client.get(url).status_code == client.post(url).status_code == 403
    assert not ManualStart.objects.exists()


def test_where_no_workflow_begins_by_hand_that_is_said(client, staff, workflow, member):
    Workflow.objects.update(is_enabled=False)
    page = chosen(client, member).content.decode()
    assert "No workflow that begins by hand is on." in page
    assert "Start it" not in page


def test_a_members_page_starts_it_for_that_member(client, staff, workflow, member):
    MemberFactory(club=workflow.club)
    assert (
        "Start a workflow"
        in client.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()
    )
    url = reverse("admin:members_member_action", args=[member.pk, "start-workflow"])
    page = client.get(url).content.decode()
    assert "Start which workflow for Ana?" in page
    answer = {**hidden(page), "workflow": workflow.pk}
    assert "was started for 1 member." in client.post(url, answer, follow=True).content.decode()
    client.post(url, answer)
    assert list(Member.objects.filter(manual_starts__asked_by=staff)) == [member]
    assert Enrollment.objects.count() == 1


def test_it_was_switched_off_in_the_meantime(client, staff, workflow, member):
    url = reverse("admin:members_member_action", args=[member.pk, "start-workflow"])
    answer = {**hidden(client.get(url).content.decode()), "workflow": workflow.pk}
    Workflow.objects.update(is_enabled=False)
    assert "Select a valid choice" in client.post(url, answer).content.decode()
    assert not ManualStart.objects.exists()


def test_the_question_says_how_many_of_those_chosen_are_left_out_to_compare(client, staff, workflow, member):
    assert "left out to compare" not in chosen(client, member).content.decode()
    Workflow.objects.update(control_percent=20)
    others = MemberFactory.create_batch(39, club=workflow.club)
    left_out = Member.objects.filter(in_control(workflow, 20)).count()
    assert 1 < left_out < 40
    said = f"{left_out} of the members chosen get nothing, being left out to compare."
    assert said in chosen(client, member, *others).content.decode()
