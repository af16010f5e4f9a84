"""A club: its zone, its hours, and who may see it."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from members.models import Closure, Club
from tests.factories import NOW, ClosureFactory, ClubFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["Europe/Zurich", "Pacific/Auckland", "UTC"])
def test_it_takes_a_time_zone_that_exists(name: str) -> None:
    ClubFactory(time_zone=name).full_clean()


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "+02:00", "../etc/passwd", "/etc/localtime", "Europe/", "a\0b"]
)
def test_it_refuses_a_time_zone_that_does_not(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ClubFactory.build(time_zone=name).full_clean()
    assert "time_zone" in refused.value.message_dict


@pytest.mark.parametrize(
    ("zone", "today"),
    [
        ("Pacific/Kiritimati", dt.date(2025, 9, 2)),
        ("UTC", dt.date(2025, 9, 1)),
        ("Pacific/Pago_Pago", dt.date(2025, 8, 31)),
    ],
)
def test_its_day_is_that_of_its_zone(zone: str, today: dt.date) -> None:
    assert ClubFactory.build(time_zone=zone).today(NOW.replace(hour=10, minute=59)) == today


def test_the_database_refuses_hours_that_end_before_they_begin() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ClubFactory(send_from=dt.time(20), send_until=dt.time(8))


def test_the_database_refuses_a_closure_that_ends_before_it_starts() -> None:
    club = ClubFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        ClosureFactory(club=club, starts_on=NOW.date(), reopens_on=NOW.date())
    assert not Closure.objects.exists()


@pytest.mark.parametrize(
    ("sender", "fits"),
    [
        ("Riverside", True),
        ("Gym-24", True),
        ("12345", False),
        ("Much too long", False),
        ("Gÿm", False),
        ("", True),
    ],
)
def test_an_sms_sender_is_what_networks_carry(sender: str, fits: bool) -> None:
    club = ClubFactory.build(sms_sender=sender)
    try:
        club.clean_fields()
    except ValidationError as refused:
        assert not fits
        assert list(refused.message_dict) == ["sms_sender"]
    else:
        assert fits


def test_staff_see_the_clubs_they_work_for_and_a_superuser_all() -> None:
    ours, other = ClubFactory(), ClubFactory()
    person, boss = UserFactory(), UserFactory(superuser=True)
    ours.staff.add(person)
    assert list(Club.objects.visible_to(person)) == [ours]
    assert set(Club.objects.visible_to(boss)) == {ours, other}
    assert not Club.objects.visible_to(UserFactory()).exists()


def test_somebody_not_logged_in_sees_no_club() -> None:
    ClubFactory()
    assert not Club.objects.visible_to(AnonymousUser()).exists()


def test_its_history_says_what_changed() -> None:
    club = ClubFactory(name="Old")
    club.name = "New"
    club.save()
    assert list(club.history.values_list("name", flat=True)) == ["New", "Old"]
