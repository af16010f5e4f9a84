"""What staff do on a member's page: GET asks, POST does it, a permission guards it, and twice is once."""

import datetime as dt

import pytest
from django.urls import reverse

from members.models import Club, CreditEntry, Member, MemberTag, StaffTask, Visit
from messaging.models import ConsentRecord, Message, MessageTemplate
from tests.factories import NOW, ClubFactory, MemberFactory, UserFactory
from tests.members.admin.questions import address, answer_to
from tests.members.admin.world import OURS, one_of_everything, staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

PERMISSIONS = {
    "visit": "members.add_visit",
    "take-back-visit": "members.delete_visit",
    "freeze": "members.change_member",
    "unfreeze": "members.change_member",
    "task": "members.add_stafftask",
    "message": "messaging.add_message",
    "consent": "messaging.add_consentrecord",
    "tags": "members.change_member",
    "credits": "members.add_creditentry",
}
every_action = pytest.mark.parametrize("name", PERMISSIONS)


def good_answer(name, client, rows):
    more = {"message": {"template": rows[MessageTemplate].pk}, "consent": {"email": "no"}}
    more["task"] = {"description": "Call her"}
    more |= {"tags": {"tags": []}, "credits": {"credits": 5, "reason": "thanks"}}
    return answer_to(name, client, rows[Member], **more.get(name, {}))


def everything():
    models = (Visit, StaffTask, Message, ConsentRecord, MemberTag, CreditEntry)
    return [
        *(sorted(model.objects.values_list("pk", flat=True)) for model in models),
        *Member.objects.order_by("pk").values_list("last_attended_at", "membership_status"),
    ]


@pytest.fixture
def rows():
    rows = one_of_everything("Anna")
    ConsentRecord.objects.all().delete()
    Member.objects.update(membership_status="active", last_attended_at=rows[Visit].attended_at)
    return rows


# --- Of every action ---------------------------------------------------------------------------
@every_action
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_asking_changes_nothing(name, headers, admin_client, rows):
    before = everything()
    good = good_answer(name, admin_client, rows)
    response = admin_client.get(address(name, rows[Member]), good, headers=headers)
    assert response.status_code == 200
    assert ("<html" in response.content.decode()) is not bool(headers)
    assert everything() == before


@every_action
def test_answering_changes_something_and_says_so(name, admin_client, rows, time_machine):
    if name == "unfreeze":
        Member.objects.update(membership_status="frozen")
    good, before = good_answer(name, admin_client, rows), everything()
    time_machine.move_to(NOW + dt.timedelta(minutes=5), tick=False)
    if name == "visit":
        good["hour"] = "10:02"
    response = admin_client.post(address(name, rows[Member]), good, follow=True)
    assert everything() != before
    (said,) = response.context["messages"]
    assert (said.level_tag, str(said)[-1]) == ("success", ".")
    assert response.request["PATH_INFO"] == reverse("admin:members_member_change", args=[rows[Member].pk])


@every_action
def test_a_second_click_changes_nothing_more(name, admin_client, rows):
    if name == "unfreeze":
        Member.objects.update(membership_status="frozen")
    good = good_answer(name, admin_client, rows)
    admin_client.post(address(name, rows[Member]), good)
    before = everything()
    assert admin_client.post(address(name, rows[Member]), good).status_code in (200, 302)
    assert everything() == before


@every_action
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_without_its_permission_is_asked_or_does_it(name, method, client, admin_client, rows):
    good, before = good_answer(name, admin_client, rows), everything()
    others = [p for p in [*PERMISSIONS.values(), "members.view_member"] if p != PERMISSIONS[name]]
    client.force_login(staff_of(rows[Club], permissions=others))
    if PERMISSIONS[name] == "members.change_member":
        assert client.get(reverse("admin:members_member_changelist")).status_code == 200
    assert getattr(client, method)(address(name, rows[Member]), good).status_code == 403
    assert everything() == before


@every_action
def test_its_permission_and_the_right_to_see_members_are_enough(name, client, rows):
    client.force_login(staff_of(rows[Club], permissions=["members.view_member", PERMISSIONS[name]]))
    good = good_answer(name, client, rows)
    assert client.post(address(name, rows[Member]), good).status_code == 302


@every_action
def test_its_permission_alone_is_not_enough(name, client, rows):
    if PERMISSIONS[name] == "members.change_member":
        return  # Whoever may change members may see them.
    client.force_login(staff_of(rows[Club], permissions=[PERMISSIONS[name]]))
    assert client.get(address(name, rows[Member])).status_code == 403


@every_action
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_member_of_another_club_does_not_exist(name, method, client, admin_client, rows):
    good, before = good_answer(name, admin_client, rows), everything()
    client.force_login(staff_of(ClubFactory(), permissions=OURS))
    assert getattr(client, method)(address(name, rows[Member]), good).status_code == 404
    assert everything() == before


@every_action
@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_not_logged_in_is_asked_to(name, method, client, rows):
    response = getattr(client, method)(address(name, rows[Member]), {})
    assert response.status_code == 302
    assert response.url.startswith(reverse("admin:login"))


@every_action
def test_a_form_of_another_site_is_refused(name, rows, client, admin_user):
    client = type(client)(enforce_csrf_checks=True)
    client.force_login(admin_user)
    before = everything()
    assert client.post(address(name, rows[Member]), good_answer(name, client, rows)).status_code == 403
    assert everything() == before


def test_an_action_that_does_not_exist_is_not_found(admin_client, rows):
    assert admin_client.get(address("explode", rows[Member])).status_code == 404


def test_in_a_dialog_the_browser_is_told_where_to_go(admin_client, rows):
    good = good_answer("freeze", admin_client, rows)
    response = admin_client.post(address("freeze", rows[Member]), good, headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == reverse("admin:members_member_change", args=[rows[Member].pk])


def test_the_page_offers_what_the_reader_may_do_and_what_makes_sense(client, rows):
    def offered(*permissions):
        client.force_login(staff_of(rows[Club], permissions=["members.view_member", *permissions]))
        page = client.get(reverse("admin:members_member_change", args=[rows[Member].pk])).context["page"]
        return [row["action"].name for row in page["actions"]]

    assert offered() == []
    assert offered("members.add_visit") == ["visit"]
    assert offered(*PERMISSIONS.values()) == [
        "visit",
        "message",
        "task",
        "freeze",
        "consent",
        "tags",
        "credits",
    ]
    Member.objects.update(membership_status="frozen")
    assert offered("members.change_member") == ["unfreeze", "tags"]
    Member.objects.update(membership_status="canceled")
    assert offered("members.change_member") == ["tags"]


# --- A freeze ----------------------------------------------------------------------------------
def test_a_freeze_keeps_why_and_who(admin_client, admin_user, told):
    member = MemberFactory()
    admin_client.post(address("freeze", member), {"why": "Broke her leg"})
    version = member.history.first()
    assert (version.membership_status, version.history_change_reason, version.history_user) == (
        "frozen",
        "Broke her leg",
        admin_user,
    )
    assert told == [member.pk]


def test_a_canceled_membership_is_not_frozen_and_the_reason_typed_is_kept(admin_client):
    member = MemberFactory(canceled=True)
    response = admin_client.post(address("freeze", member), {"why": "Broke her leg"})
    assert "The membership is canceled." in response.content.decode()
    assert "Broke her leg" in response.content.decode()
    assert Member.objects.get().membership_status == "canceled"


# --- A task ------------------------------------------------------------------------------------
def test_a_task_is_opened_for_somebody_of_the_members_club(admin_client):
    member, person = MemberFactory(), UserFactory()
    member.club.staff.add(person)
    data = answer_to(
        "task", admin_client, member, description="Call her", priority="high", assignee=person.pk
    )
    admin_client.post(address("task", member), data)
    task = StaffTask.objects.get()
    assert (task.club, task.member, task.description, task.priority) == (
        member.club,
        member,
        "Call her",
        "high",
    )
    assert (task.assignee, task.due_on, task.opened_at) == (person, dt.date(2025, 9, 3), NOW)


def test_a_task_is_not_given_to_somebody_of_another_club_or_who_left(admin_client):
    member, stranger, gone = MemberFactory(), UserFactory(), UserFactory(is_active=False)
    ClubFactory().staff.add(stranger)
    member.club.staff.add(gone)
    for person in (stranger, gone):
        data = answer_to("task", admin_client, member, description="Call her", assignee=person.pk)
        assert "assignee" in admin_client.post(address("task", member), data).context["form"].errors
    assert not StaffTask.objects.exists()


def test_a_task_without_words_or_due_in_the_past_is_refused_and_kept(admin_client):
    member = MemberFactory()
    data = answer_to("task", admin_client, member, description="", due_on="2025-08-31", priority="low")
    form = admin_client.post(address("task", member), data).context["form"]
    assert form.errors["due_on"] == ["Choose today or a later day."]
    assert "description" in form.errors
    assert form["priority"].value() == "low"
    assert not StaffTask.objects.exists()


def test_two_tasks_asked_for_twice_are_two(admin_client):
    member = MemberFactory()
    for _ in range(2):
        data = answer_to("task", admin_client, member, description="Call her")
        admin_client.post(address("task", member), data)
    assert StaffTask.objects.count() == 2
