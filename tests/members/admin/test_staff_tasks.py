"""Staff tasks: closing one notes when, and each person finds her own."""

import pytest
from django.urls import reverse

from members.models import StaffTask
from tests.factories import NOW, MemberFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:members_stafftask_changelist")


@pytest.fixture(autouse=True)
def today(time_machine):
    time_machine.move_to(NOW, tick=False)


def task(member, **values):
    facts = {"description": "Call", "due_on": NOW.date(), "opened_at": NOW} | values
    return StaffTask.objects.create(club=member.club, member=member, **facts)


def test_completing_it_notes_when_and_opening_it_again_takes_that_back(admin_client):
    member = MemberFactory()
    page = reverse("admin:members_stafftask_change", args=[task(member).pk])
    data = {"description": "Call", "priority": "high", "due_on": "2025-09-01", "note": "Back on Monday"}
    admin_client.post(page, data | {"status": "completed"})
    assert StaffTask.objects.get().closed_at == NOW
    admin_client.post(page, data | {"status": "in_progress"})
    assert StaffTask.objects.get().closed_at is None


def test_a_new_one_belongs_to_the_members_club(admin_client):
    member = MemberFactory()
    new = {
        "member": member.pk,
        "description": "Call",
        "priority": "low",
        "due_on": "2025-09-03",
        "status": "pending",
    }
    assert admin_client.post(reverse("admin:members_stafftask_add"), new).status_code == 302
    opened = StaffTask.objects.get()
    assert (opened.club, opened.opened_at) == (member.club, NOW)


def test_it_filters_the_open_ones_and_mine(admin_client, admin_user):
    member = MemberFactory()
    mine, other = task(member, assignee=admin_user), task(member)
    closed = task(member, assignee=admin_user, status="completed")

    def shown(choice):
        return set(admin_client.get(LIST, {"show": choice}).context["cl"].result_list)

    assert shown("open") == {mine, other}
    assert shown("mine") == {mine}
    assert shown("closed") == {closed}
