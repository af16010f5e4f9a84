"""The two groups that come ready made: the front desk works with members, managers also with words and rules."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from tests.factories import ClubFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def may(group: str, permission: str) -> bool:
    user = UserFactory()
    user.groups.add(Group.objects.get(name=group))
    return user.has_perm(permission)


@pytest.mark.parametrize(
    ("permission", "desk", "managers"),
    [
        ("members.change_member", True, True),
        ("members.add_visit", True, True),
        ("members.view_agreement", True, True),
        ("members.change_agreement", False, True),
        ("messaging.view_message", True, True),
        ("messaging.change_messagetemplate", False, True),
        ("automations.change_workflow", False, True),
        ("members.change_club", False, True),
        ("members.add_club", False, False),
        ("automations.view_jobrun", False, False),
    ],
)
def test_each_role_may_do_its_part(permission: str, desk: bool, managers: bool) -> None:
    call_command("loaddata", "roles", verbosity=0)
    assert (may("Front desk", permission), may("Managers", permission)) == (desk, managers)


def test_a_role_that_staff_changed_stays_as_they_left_it() -> None:
    call_command("loaddata", "roles", verbosity=0)
    Group.objects.get(name="Front desk").permissions.clear()
    call_command("loaddata", "roles", verbosity=0)
    assert not Group.objects.get(name="Front desk").permissions.exists()


def test_a_receptionist_of_a_club_finds_its_members(client: Client) -> None:
    call_command("loaddata", "roles", verbosity=0)
    user, club = UserFactory(), ClubFactory()
    user.groups.add(Group.objects.get(name="Front desk"))
    club.staff.add(user)
    MemberFactory(club=club, first_name="Aisha")
    client.force_login(user)
    assert "Aisha" in client.get(reverse("admin:members_member_changelist")).content.decode()
    assert client.get(reverse("admin:index")).status_code == 200
