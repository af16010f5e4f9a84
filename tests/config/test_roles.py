"""The groups that come ready made: one only looks, the front desk works with members, managers also with words and rules."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from members.admin.login_forms import ROLES
from tests.factories import ClubFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


def may(group: str, permission: str) -> bool:
    user = UserFactory()
    user.groups.add(Group.objects.get(name=group))
    return user.has_perm(permission)


@pytest.mark.parametrize(
    ("permission", "desk", "managers", "looks"),
    [
        ("members.change_member", True, True, False),
        ("members.add_visit", True, True, False),
        ("messaging.view_message", True, True, True),
        ("messaging.change_messagetemplate", False, True, False),
        ("automations.change_workflow", False, True, False),
        ("messaging.delete_membersession", True, True, False),
        ("automations.add_manualstart", True, True, False),
        ("members.change_club", False, True, False),
        ("auth.change_user", False, True, False),
        ("auth.delete_user", False, False, False),
        ("members.view_member", True, True, True),
        ("members.view_agreement", True, True, True),
        ("members.change_agreement", False, True, False),
        ("members.add_club", False, False, False),
        ("automations.view_jobrun", False, False, False),
    ],
)
def test_each_role_may_do_its_part(permission: str, desk: bool, managers: bool, looks: bool) -> None:
    call_command("loaddata", "roles", verbosity=0)
    assert [may(role, permission) for role in ("Front desk", "Managers", "View only")] == [
        desk,
        managers,
        looks,
    ]


def test_whoever_only_looks_may_do_nothing_else() -> None:
    call_command("loaddata", "roles", verbosity=0)
    names = Group.objects.get(name="View only").permissions.values_list("codename", flat=True)
    assert all(name.startswith("view_") for name in names)


def test_every_role_that_comes_ready_made_is_told_in_a_sentence() -> None:
    call_command("loaddata", "roles", verbosity=0)
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


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
