"""On a member's page: everything as a file, and erasing; each asks first, needs its permission, and stays in one's clubs."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.urls import reverse

from members.models import ErasedMember, Member
from members.operations.erasure import erase_member
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory(first_name="Quirina", external_id="QZ-1")


def everything(member):
    return reverse("admin:members_member_everything", args=[member.pk])


def erase(member):
    return reverse("admin:members_member_action", args=[member.pk, "erase"])


def page_of(member):
    return reverse("admin:members_member_change", args=[member.pk])


def test_the_file_comes_by_post_and_leaves_a_trace(client, member):
    client.force_login(staff_of(member.club))
    MessageFactory(member=member, text_body="Hello 📌")
    assert "Download the file" in client.get(everything(member)).content.decode()
    assert not LogEntry.objects.exists()
    response = client.post(everything(member))
    assert response["Content-Disposition"] == f'attachment; filename="member-{member.pk}.json"'
    assert json.loads(response.content)["messages"][0]["text_body"] == "Hello 📌"
    assert "no-store" in response["Cache-Control"]
    assert LogEntry.objects.get().get_change_message() == "Everything that is stored was exported."


@pytest.mark.parametrize("address", [everything, erase])
@pytest.mark.parametrize("method", ["get", "post"])
def test_it_takes_the_permission_and_the_club(client, member, address, method):
    client.force_login(staff_of(member.club, permissions=["members.view_member", "members.change_member"]))
    assert getattr(client, method)(address(member), {"member_id": "QZ-1"}).status_code == 403
    client.force_login(staff_of(ClubFactory()))
    assert getattr(client, method)(address(member), {"member_id": "QZ-1"}).status_code == 404
    assert Member.objects.get(pk=member.pk).first_name == "Quirina"


def test_erasing_says_what_goes_and_asks_for_the_id(client, member):
    client.force_login(staff_of(member.club))
    MessageFactory(member=member)
    page = client.get(erase(member)).content.decode()
    assert "messages: 1, words deleted" in page
    assert "It cannot be undone" in page
    refused = client.post(erase(member), {"member_id": "QZ-2"})
    assert "not the ID of this member" in refused.content.decode()
    assert Member.objects.get(pk=member.pk).first_name == "Quirina"


def test_erasing_leaves_a_trace_without_a_name_and_a_page_that_opens(client, member):
    person = staff_of(member.club)
    client.force_login(person)
    response = client.post(erase(member), {"member_id": "QZ-1"}, follow=True)
    page = response.content.decode()
    assert "Erased member" in page
    assert "Quirina" not in page
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_repr) == (person, "Erased member")
    assert "Quirina" not in entry.change_message
    assert ErasedMember.objects.get().erased_by == person


def test_of_whom_was_erased_nothing_can_be_changed_or_done(client, member):
    erase_member(member_id=member.pk, now=NOW)
    client.force_login(staff_of(member.club))
    page = client.get(page_of(member)).content.decode()
    assert 'name="first_name"' not in page
    assert "/do/" not in page
    assert client.post(erase(member), {"member_id": f"erased-{member.pk}"}).status_code == 404
    assert client.get(reverse("admin:members_member_action", args=[member.pk, "task"])).status_code == 404


def test_nobody_adds_an_erased_id_by_hand_without_noticing(admin_client, member):
    erase_member(member_id=member.pk, now=NOW)
    values = {
        "club": member.club_id,
        "external_id": "QZ-1",
        "first_name": "Quirina",
        "membership_status": "active",
        "stage": "member",
    }
    page = admin_client.post(reverse("admin:members_member_add"), values).content.decode()
    assert "was erased on request" in page
    assert Member.objects.count() == 1


def test_an_erased_member_is_found_by_the_id_and_let_back_by_post(client, member):
    erase_member(member_id=member.pk, now=NOW)
    client.force_login(staff_of(member.club))
    lists = reverse("admin:members_erasedmember_changelist")
    assert len(client.get(lists, {"q": "QZ-1"}).context["cl"].result_list) == 1
    assert len(client.get(lists, {"q": "QZ-2"}).context["cl"].result_list) == 0
    row = ErasedMember.objects.get()
    address = reverse("admin:members_erasedmember_let_return", args=[row.pk])
    assert "may then bring" in client.get(address).content.decode()
    assert not ErasedMember.objects.get().may_return
    client.post(address)
    assert ErasedMember.objects.get().may_return
    client.force_login(staff_of(ClubFactory()))
    assert client.post(address).status_code == 404


def test_the_commands_do_the_same(member, tmp_path, capsys):
    file = tmp_path / "one.json"
    call_command("export_member", "QZ-1", str(file))
    assert json.loads(file.read_text())["member"]["first_name"] == "Quirina"
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="exists"):
        call_command("export_member", "QZ-1", str(file))
    with pytest.raises(CommandError, match="--yes"):
        call_command("erase_member", "QZ-1")
    call_command("erase_member", "QZ-1", yes=True)
    assert Member.objects.get().first_name == "Erased member"
    for command in (("export_member", "QZ-1", "x"), ("erase_member", "QZ-1")):
        with pytest.raises(CommandError, match="no member QZ-1"):
            call_command(*command)
    assert "Quirina" not in capsys.readouterr().out
