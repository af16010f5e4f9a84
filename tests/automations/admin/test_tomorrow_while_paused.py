"""Tomorrow's outbox while sending is paused: what is overdue is on it, since it leaves as soon as sending goes on."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from members.operations.sending import pause_sending, resume_sending
from messaging.models import SendingSwitch
from tests.automations.admin.test_tomorrow_foreseen import words
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
PAGE = reverse("admin:automations_tomorrow")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
MIDNIGHT = dt.datetime(2025, 9, 2, tzinfo=dt.UTC)


@pytest.fixture
def club():
    return ClubFactory(name="A Gym", locale="en_GB")


def pause(club):
    with time_machine.travel(NOW - 3 * HOUR, tick=False):
        pause_sending(club_id=club.pk, why="")


def message(club, due_at, **more):
    return MessageFactory(member=MemberFactory(club=club), due_at=due_at, **more)


def rows(client):
    return client.get(PAGE).context["rows"]


@pytest.mark.parametrize("due_at", [NOW - 9 * DAY, NOW - HOUR, NOW + HOUR, MIDNIGHT - HOUR])
def test_what_is_due_before_waits_for_the_pause_to_end(admin_client, club, due_at):
    waiting = message(club, due_at)
    assert rows(admin_client) == []
    pause(club)
    [row] = rows(admin_client)
    assert row["planned"].message == waiting
    shown = words(admin_client.get(PAGE))
    assert (
        "Waits: Sending is paused for the club since 1 Sept 2025, 07:00; it leaves as soon as that is over."
        in shown
    )
    resume_sending(club_id=club.pk)
    assert rows(admin_client) == []


@pytest.mark.parametrize(
    ("expires_at", "is_listed"),
    [(None, True), (MIDNIGHT + HOUR, True), (MIDNIGHT, True), (MIDNIGHT - HOUR, False), (NOW - HOUR, False)],
)
def test_what_is_of_no_use_by_then_is_not_on_it(admin_client, club, expires_at, is_listed):
    message(club, NOW - DAY, expires_at=expires_at)
    pause(club)
    assert bool(rows(admin_client)) is is_listed


def test_it_comes_first_and_what_is_due_on_the_day_keeps_its_hour(admin_client, club):
    later, overdue = message(club, NOW + DAY), message(club, NOW - HOUR)
    message(club, NOW + 3 * DAY)
    message(club, NOW - HOUR, status="sent")
    message(ClubFactory(), NOW - HOUR)
    pause(club)
    first, second = rows(admin_client)
    assert (first["planned"].message, second["planned"].message) == (overdue, later)
    assert first["keeps"] == f"{second['keeps']}; it leaves as soon as that is over"


def test_a_pause_of_all_clubs_is_named_with_its_own_beginning(admin_client, club):
    message(club, NOW - HOUR)
    with time_machine.travel(NOW - 2 * HOUR, tick=False):
        SendingSwitch.objects.create(is_paused=True)
    [row] = rows(admin_client)
    assert (
        row["keeps"]
        == "Sending is paused for all clubs since 1 Sept 2025, 08:00; it leaves as soon as that is over"
    )


def test_since_when_is_left_out_where_nobody_wrote_it_down(admin_client, club):
    message(club, NOW - HOUR)
    type(club).objects.update(sending_paused=True)
    [row] = rows(admin_client)
    assert row["keeps"] == "Sending is paused for the club; it leaves as soon as that is over"


def test_who_will_not_get_it_at_all_is_said_before_the_pause(admin_client, club):
    message(club, NOW - HOUR)
    MessageFactory(member=MemberFactory(club=club, phone=""), due_at=NOW - HOUR)
    pause(club)
    assert {row["keeps"].partition(" since ")[0] for row in rows(admin_client)} == {
        "No address",
        "Sending is paused for the club",
    }
