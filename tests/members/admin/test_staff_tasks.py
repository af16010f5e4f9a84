"""Staff tasks: the list starts with what is open, and each is done, taken, noted on and reopened by one deed."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from members.models import StaffTask
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

LIST = reverse("admin:members_stafftask_changelist")
DAY = dt.timedelta(days=1)


@pytest.fixture
def member():
    return MemberFactory(first_name="Anna", last_name="Lind")


@pytest.fixture
def maria(member):
    person = staff_of(member.club)
    person.first_name = "Maria"
    person.save()
    return person


def task(member, **values):
    facts = {"description": "Call", "due_on": NOW.date(), "opened_at": NOW} | values
    return StaffTask.objects.create(club=member.club, member=member, **facts)


def page_of(one):
    return reverse("admin:members_stafftask_change", args=[one.pk])


def deed(one, name):
    return reverse("admin:members_stafftask_deed", args=[one.pk, name])


def said(response):
    return [str(message) for message in response.context["messages"]]


# --- The list ---------------------------------------------------------------------------------
def test_the_list_starts_with_open_ones_the_most_overdue_first(admin_client, member):
    later = task(member, due_on=NOW.date() + DAY)
    overdue = task(member, due_on=NOW.date() - DAY)
    today = task(member, status="in_progress")
    task(member, status="completed")
    assert list(admin_client.get(LIST).context["cl"].result_list) == [overdue, today, later]


def test_its_views_show_mine_overdue_closed_and_all(admin_client, admin_user, member):
    mine, late = task(member, assignee=admin_user), task(member, due_on=NOW.date() - DAY)
    closed = task(member, status="completed", assignee=admin_user, due_on=NOW.date() - DAY)

    def shown(choice):
        return set(admin_client.get(LIST, {"show": choice}).context["cl"].result_list)

    assert shown("open") == {mine, late}
    assert shown("mine") == {mine}
    assert shown("overdue") == {late}
    assert shown("closed") == {closed}
    assert shown("all") == {mine, late, closed}


def test_the_closed_ones_say_what_came_of_them_and_who_closed_them(client, maria, member):
    client.force_login(maria)
    client.post(deed(task(member), "done"), {"note": "Rang twice"})
    closed = task(member, status="cancelled", closed_at=NOW - DAY)
    page = client.get(LIST, {"show": "closed"})
    shown = " ".join(page.content.decode().split())
    for words in ("Rang twice", "1 Sept 2025, 10:00, by Maria", "31 Aug 2025, 10:00"):
        assert words in shown
    assert closed in page.context["cl"].result_list


def test_a_tab_is_no_filter_and_a_filter_is(admin_client, member):
    assert not admin_client.get(LIST, {"show": "closed"}).context["cl"].has_active_filters
    assert admin_client.get(LIST, {"show": "closed", "priority": "high"}).context["cl"].has_active_filters


def test_overdue_follows_each_clubs_own_day(admin_client, time_machine):
    auckland, honolulu = (
        task(MemberFactory(club=ClubFactory(time_zone=zone)), due_on=NOW.date())
        for zone in ("Pacific/Auckland", "Pacific/Honolulu")
    )

    def late():
        return set(admin_client.get(LIST, {"show": "overdue"}).context["cl"].result_list)

    assert late() == set()
    time_machine.move_to(NOW.replace(hour=12))  # Midnight in Auckland.
    assert late() == {auckland}
    time_machine.move_to(NOW.replace(day=2, hour=9, minute=59))
    assert late() == {auckland}
    time_machine.move_to(NOW.replace(day=2, hour=10))  # Midnight in Honolulu.
    assert late() == {auckland, honolulu}


def test_it_filters_by_member_and_by_person(admin_client, admin_user, member):
    hers, mine = task(member), task(MemberFactory(club=member.club), assignee=admin_user)
    member.club.staff.add(admin_user)

    def shown(**choice):
        return set(admin_client.get(LIST, choice).context["cl"].result_list)

    assert shown(member__id__exact=member.pk) == {hers}
    assert shown(assignee=admin_user.pk) == {mine}
    assert shown(assignee="nobody") == {hers}
    assert shown(assignee="x' OR 1") == {hers, mine}


@pytest.mark.parametrize(
    ("view", "says"),
    [
        ("open", "No task is open."),
        ("mine", "Nothing is waiting for you."),
        ("overdue", "Nothing is overdue."),
    ],
)
def test_an_empty_view_says_what_that_means(admin_client, member, view, says):
    page = admin_client.get(LIST, {"show": view}).content.decode()
    assert says in page
    assert "Add staff task" in page


def test_somebody_elses_people_are_not_offered_as_a_filter(client, member, maria):
    stranger = staff_of(ClubFactory())
    client.force_login(maria)
    page = client.get(LIST).content.decode()
    assert maria.username in page
    assert stranger.username not in page


# --- The page ---------------------------------------------------------------------------------
def test_a_new_one_belongs_to_the_members_club(admin_client, member):
    new = {"member": member.pk, "description": "Call", "priority": "low", "due_on": "2025-09-03"}
    assert admin_client.post(reverse("admin:members_stafftask_add"), new).status_code == 302
    opened = StaffTask.objects.get()
    assert (opened.club, opened.opened_at, opened.status) == (member.club, NOW, "pending")


def test_saving_its_page_leaves_what_another_did_meanwhile(admin_client, member, maria, client):
    one = task(member)
    client.force_login(maria)
    client.post(deed(one, "done"), {"note": "Is back"})
    data = {
        "description": "Call her",
        "priority": "high",
        "due_on": "2025-09-05",
        "status": "pending",
        "note": "",
    }
    admin_client.post(page_of(one), data)
    one.refresh_from_db()
    assert (one.description, one.status, one.note) == ("Call her", "completed", "Is back")


def test_its_page_tells_who_closed_it_and_when(client, member, maria):
    one = task(member)
    client.force_login(maria)
    client.post(deed(one, "done"), {"note": "Is back"})
    page = client.get(page_of(one)).content.decode()
    assert "1 Sept 2025, 10:00, by Maria" in page
    assert "Is back" in page


# --- The deeds --------------------------------------------------------------------------------
def test_it_is_done_by_a_dialog_with_a_note(client, member, maria):
    one = task(member, note="Rang twice")
    client.force_login(maria)
    question = client.get(deed(one, "done"), headers={"HX-Request": "true"}).content.decode()
    assert "Is it done?" in question
    assert "<html" not in question
    answer = client.post(
        deed(one, "done") + "?next=/admin/", {"note": "Is back"}, headers={"HX-Request": "true"}
    )
    assert answer["HX-Redirect"] == "/admin/"
    one.refresh_from_db()
    assert (one.status, one.closed_at, one.note) == ("completed", NOW, "Rang twice\nIs back")
    assert LogEntry.objects.get().user == maria


def test_without_script_the_question_is_a_page_that_leads_back(client, member, maria):
    client.force_login(maria)
    one = task(member)
    page = client.get(deed(one, "done") + "?next=https://evil.example/").content.decode()
    assert "<html" in page
    assert 'href="https://evil.example/"' not in page
    answer = client.post(deed(one, "done") + "?next=https://evil.example/", {"note": ""}, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert said(answer) == ["Done. Thank you."]


def test_whoever_comes_second_is_told_who_did_it(client, admin_client, member, maria):
    one = task(member)
    client.force_login(maria)
    client.post(deed(one, "done"), {"note": "Is back"})
    second = admin_client.post(deed(one, "done"), {"note": "Also rang"}, follow=True)
    assert said(second) == ["Nothing was changed: completed already, 1 Sept 2025, 10:00, by Maria."]
    one.refresh_from_db()
    assert one.note == "Is back"


def test_it_is_closed_as_not_needed(client, member, maria):
    client.force_login(maria)
    one = task(member)
    client.post(deed(one, "needless"), {"note": "Came by"})
    one.refresh_from_db()
    assert (one.status, one.closed_at, one.note) == ("cancelled", NOW, "Came by")


def test_taking_it_makes_it_mine_unless_somebody_else_was_faster(client, admin_client, member, maria):
    one = task(member)
    client.force_login(maria)
    client.post(deed(one, "take"), {"shown_with": ""})
    one.refresh_from_db()
    assert (one.assignee, one.status) == (maria, "in_progress")
    second = admin_client.post(deed(one, "take"), {"shown_with": ""}, follow=True)
    assert said(second) == ["Nothing was changed: Maria has it already."]
    knowing = admin_client.post(deed(one, "take"), {"shown_with": maria.pk}, follow=True)
    assert said(knowing) == ["It is yours."]


def test_it_is_opened_again_once(client, member, maria):
    client.force_login(maria)
    one = task(member, status="completed", closed_at=NOW)
    assert said(client.post(deed(one, "reopen"), follow=True)) == ["Open again."]
    one.refresh_from_db()
    assert (one.status, one.closed_at) == ("pending", None)
    assert said(client.post(deed(one, "reopen"), follow=True)) == ["Nothing was changed: it is open already."]


def test_an_empty_note_is_asked_for_again_and_a_long_one_keeps_what_was_typed(client, member, maria):
    client.force_login(maria)
    one = task(member)
    assert "This field is required" in client.post(deed(one, "note"), {"note": " "}).content.decode()
    page = client.post(deed(one, "note"), {"note": "x" * 2001}).content.decode()
    assert "at most 2000 characters" in page
    assert "x" * 2001 in page
    client.post(deed(one, "note"), {"note": "Left word"})
    one.refresh_from_db()
    assert one.note == "Left word"


NAMES = ["done", "take", "needless", "note", "reopen"]


@pytest.mark.parametrize("name", NAMES)
def test_looking_at_the_question_changes_nothing(client, member, maria, name):
    client.force_login(maria)
    one = task(member, status="completed" if name == "reopen" else "pending")
    before = StaffTask.objects.values().get()
    assert client.get(deed(one, name)).status_code == 200
    assert StaffTask.objects.values().get() == before


@pytest.mark.parametrize("name", NAMES)
def test_without_the_permission_nothing_is_offered_or_done(client, member, name):
    one = task(member, status="completed" if name == "reopen" else "pending")
    before = StaffTask.objects.values().get()
    client.force_login(staff_of(member.club, permissions=["members.view_stafftask"]))
    assert client.post(deed(one, name), {"note": "x"}).status_code == 403
    assert "/do/" not in client.get(LIST + "?show=all").content.decode()
    assert "/do/" not in client.get(page_of(one)).content.decode()
    assert StaffTask.objects.values().get() == before


@pytest.mark.parametrize("name", NAMES)
def test_a_task_of_another_club_does_not_exist(client, member, name):
    one = task(member, status="completed" if name == "reopen" else "pending")
    client.force_login(staff_of(ClubFactory()))
    assert client.get(deed(one, name)).status_code == 404
    assert client.post(deed(one, name), {"note": "x"}).status_code == 404
    assert not LogEntry.objects.exists()


def test_a_deed_that_does_not_exist_is_not_found(admin_client, member):
    assert admin_client.post(deed(task(member), "eat")).status_code == 404
