"""A club's own fields: kept in the admin, filled in on the member's page, each club with its own."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from members.models import CustomField
from tests.factories import ClubFactory, MemberFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    member = MemberFactory(custom={"old": "kept"})
    CustomField.objects.create(club=member.club, name="size", label="Shoe size", type="number")
    CustomField.objects.create(club=member.club, name="vip", label="VIP", type="truth")
    CustomField.objects.create(club=member.club, name="since", label="With us since", type="day")
    CustomField.objects.create(club=ClubFactory(), name="theirs", label="Theirs", type="text")
    return member


def page(member):
    return reverse("admin:members_member_change", args=[member.pk])


def words(response):
    return " ".join(response.content.decode().split())


def data(member, **changes):
    return {
        "first_name": member.first_name,
        "membership_status": "active",
        "stage": "member",
        **changes,
    }


def test_staff_fill_them_in_on_the_members_page(client, member):
    client.force_login(staff_of(member.club))
    shown = words(client.get(page(member)))
    assert "Shoe size" in shown
    assert "Theirs" not in shown
    filled = data(member, custom_size="42.5", custom_vip="no", custom_since="2025-01-31")
    assert client.post(page(member), filled).status_code == 302
    member.refresh_from_db()
    assert member.custom == {"old": "kept", "size": 42.5, "vip": False, "since": "2025-01-31"}
    shown = words(client.get(page(member)))
    assert "31 January 2025" in shown
    assert client.post(page(member), data(member)).status_code == 302
    member.refresh_from_db()
    assert member.custom == {"old": "kept"}


def test_what_does_not_fit_is_refused(client, member):
    client.force_login(staff_of(member.club))
    response = client.post(page(member), data(member, custom_size="large"))
    assert "Enter a number." in words(response)
    member.refresh_from_db()
    assert member.custom == {"old": "kept"}


def test_whoever_may_only_look_reads_them_above_the_form(client, member):
    member.custom = {"size": 42}
    member.save()
    client.force_login(staff_of(member.club, permissions=["members.view_member"]))
    shown = words(client.get(page(member)))
    assert "Shoe size" in shown
    assert "custom_size" not in shown


def test_a_new_one_has_a_name_that_files_can_use(client, member):
    client.force_login(staff_of(member.club))
    add = reverse("admin:members_customfield_add")
    typed = {"club": member.club.pk, "label": "Goal", "type": "text"}
    assert client.post(add, {**typed, "name": "my-goal"}).status_code == 200
    assert client.post(add, {**typed, "name": "size"}).status_code == 200
    assert client.post(add, {**typed, "name": "goal"}).status_code == 302
    assert CustomField.objects.filter(club=member.club).count() == 4


def test_name_and_type_stay(member):
    field = CustomField.objects.get(name="size")
    field.type = "text"
    with pytest.raises(ValidationError, match="stay as they are"):
        field.full_clean()
