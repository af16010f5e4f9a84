"""A club's brakes: pausing, letting go on and the hourly ceiling take a permission and a POST of their own, never an edit."""

import datetime as dt

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.urls import reverse

from members.models import Club
from members.operations.sending import pause_sending
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory
from tests.members.admin.test_clubs import page, typed
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db
SEES = ("members.view_club", "members.change_club")
BRAKES = (*SEES, "members.brake_club")


def address(club, brake):
    return reverse(f"admin:members_club_{brake}", args=[club.pk])


@pytest.fixture
def club():
    return ClubFactory(name="North", time_zone="Europe/Zurich")


@pytest.fixture
def manager(client, club):
    user = staff_of(club, permissions=BRAKES)
    user.first_name, user.last_name = "Mia", "Meier"
    user.save()
    client.force_login(user)
    return user


def fresh(club):
    return Club.objects.get(pk=club.pk)


@pytest.mark.usefixtures("manager")
def test_an_edit_of_the_club_clears_no_brake(client, club):
    Club.objects.update(sending_paused=True, hourly_ceiling=7)
    asked_for = {**typed(club, ""), "sending_paused": "", "hourly_ceiling": "99999", "sender_name": "New"}
    assert client.post(page(club), asked_for).status_code == 302
    kept = fresh(club)
    assert (kept.sender_name, kept.sending_paused, kept.hourly_ceiling) == ("New", True, 7)


@pytest.mark.usefixtures("manager")
def test_a_pause_that_comes_while_the_form_is_saved_stays(client, club, monkeypatch):
    def clean(self):
        pause_sending(club_id=club.pk, why="Wrong list")

    monkeypatch.setattr(Club, "clean", clean)
    assert client.post(page(club), typed(club, "")).status_code == 302
    assert fresh(club).sending_paused


@time_machine.travel(NOW, tick=False)
def test_whoever_may_pauses_and_the_page_says_since_when_by_whom_and_why(client, club, manager):
    response = client.post(address(club, "pause"), {"why": "Wrong list imported."}, follow=True)
    assert "Sending is paused. Nothing leaves any more." in response.content.decode()
    assert fresh(club).sending_paused
    html = client.get(page(club)).content.decode()
    assert "by Mia Meier. Wrong list imported. Nothing leaves; what is due waits." in html
    assert "Let messages leave…" in html
    assert "Pause sending…" not in html
    assert LogEntry.objects.get(user=manager).change_message == "Sending is paused. Nothing leaves any more."
    # A later edit does not make the pause look younger, nor another's.
    with time_machine.travel(NOW + dt.timedelta(days=1)):
        client.post(page(club), typed(club, ""))
    assert "Wrong list imported." in client.get(page(club)).content.decode()


@pytest.mark.usefixtures("manager")
def test_it_goes_on_and_is_paused_again_as_of_then(client, club):
    client.post(address(club, "pause"), {"why": "First."})
    client.post(address(club, "resume"))
    assert not fresh(club).sending_paused
    client.post(address(club, "pause"), {"why": "Second."})
    html = client.get(page(club)).content.decode()
    assert "Second." in html
    assert "First." not in html


@pytest.mark.usefixtures("manager")
def test_a_pause_of_which_nothing_was_kept_is_still_one(client, club):
    Club.objects.update(sending_paused=True)
    club.history.all().delete()
    assert "Nothing leaves; what is due waits." in client.get(page(club)).content.decode()


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize(
    ("brake", "paused", "says"),
    [("pause", True, "Sending is paused already."), ("resume", False, "Messages leave already.")],
)
def test_whoever_comes_second_is_told(client, club, brake, paused, says):
    Club.objects.update(sending_paused=paused)
    assert says in client.get(address(club, brake)).content.decode()
    assert says in client.post(address(club, brake), follow=True).content.decode()
    assert fresh(club).sending_paused is paused


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize(
    ("most", "kept", "says"),
    [
        ("200", 200, "At most 200 messages leave in an hour."),
        ("1", 1, "At most 1 message leaves in an hour."),
        ("", None, "Any number of messages may leave in an hour."),
        ("5000", 5000, "Nothing was changed: it was so before."),
    ],
)
def test_the_ceiling_is_changed_by_a_question_of_its_own(client, club, most, kept, says):
    response = client.post(address(club, "ceiling"), {"most": most}, follow=True)
    assert says in response.content.decode()
    assert fresh(club).hourly_ceiling == kept


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize("most", ["0", "-1", "x", "1.5", "99999999999"])
def test_what_is_no_ceiling_is_refused_and_stays_typed(client, club, most):
    response = client.post(address(club, "ceiling"), {"most": most})
    assert response.context["form"].errors
    assert f'value="{most}"' in response.content.decode()
    assert fresh(club).hourly_ceiling == 5000


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize("brake", ["pause", "resume", "ceiling"])
@time_machine.travel(NOW, tick=False)
def test_whoever_is_asked_reads_how_much_left_and_how_much_waits(client, club, brake):
    Club.objects.update(sending_paused=brake == "resume")
    member = MemberFactory(club=club)
    minutes = dt.timedelta(minutes=1)
    for ago in (1, 59, 61):
        MessageFactory(
            member=member, status="sent", sent_at=NOW - ago * minutes, ended_at=NOW - ago * minutes
        )
    MessageFactory(member=member, due_at=NOW - minutes)
    MessageFactory(member=member, due_at=NOW + minutes)
    MessageFactory(due_at=NOW - minutes)
    html = client.get(address(club, brake)).content.decode()
    assert "2 messages left in the last 60 minutes. 1 is due and waits." in html


@pytest.mark.usefixtures("manager")
def test_where_nothing_left_and_nothing_waits_that_is_said(client, club):
    html = client.get(address(club, "pause")).content.decode()
    assert "No message left in the last 60 minutes." in html
    assert "due and wait" not in html


@pytest.mark.parametrize("brake", ["pause", "resume", "ceiling"])
class TestWhoMay:
    def test_without_the_permission_nobody_brakes_and_no_button_is_shown(self, client, club, brake):
        client.force_login(staff_of(club, permissions=SEES))
        assert client.get(address(club, brake)).status_code == 403
        assert client.post(address(club, brake), {"most": "1"}).status_code == 403
        html = client.get(page(club)).content.decode()
        assert address(club, brake) not in html
        assert "At most 5,000 messages leave in an hour." in html
        assert (fresh(club).sending_paused, fresh(club).hourly_ceiling) == (False, 5000)

    @pytest.mark.usefixtures("manager")
    def test_another_club_is_not_there(self, client, brake):
        other = ClubFactory()
        assert client.post(address(other, brake), {"most": "1"}).status_code == 404
        assert (fresh(other).sending_paused, fresh(other).hourly_ceiling) == (False, 5000)

    @pytest.mark.usefixtures("manager")
    def test_asking_alone_changes_nothing(self, client, club, brake):
        assert client.get(address(club, brake)).status_code == 200
        assert (fresh(club).sending_paused, fresh(club).hourly_ceiling) == (False, 5000)


def test_managers_have_the_permission_and_the_front_desk_has_not():
    call_command("loaddata", "roles", verbosity=0)
    permission = Permission.objects.get(codename="brake_club")
    assert list(Group.objects.filter(permissions=permission).values_list("name", flat=True)) == ["Managers"]
