"""The fixtures on which follow-up statuses rest: each status is shown, and the plain files say the same."""

import datetime as dt
import io

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command

from members.models import Agreement, Booking, ClassSession, Club, FollowUpStatus, Member, Payment
from members.operations.follow_up import check_follow_up
from tests.config.test_fixtures import FIXTURES, OF_FOLLOW_UP, load
from tests.factories import ClubFactory

PLAIN = {
    "members": "members",
    "prospects": "members",
    "agreements": "agreements",
    "payments": "payments",
    "classes": "classes",
    "bookings": "bookings",
}
"""The plain file, and which command takes it."""
REFERENCE_NOW = dt.datetime(2025, 9, 1, 14, tzinfo=dt.UTC)


def facts(club):
    left_out = {"id", "club_id", "member_id", "agreement_id", "class_session_id", "changed_at"}
    left_out |= {"first_told_at", "status_since"}
    told = {
        model: [
            {name: value for name, value in row.items() if name not in left_out}
            for row in model.objects.filter(club=club).order_by("external_id").values(*names)
        ]
        for model, names in (
            (Agreement, ["member__external_id", *columns(Agreement)]),
            (Payment, ["member__external_id", "agreement__external_id", *columns(Payment)]),
            (ClassSession, columns(ClassSession)),
            (Booking, ["member__external_id", "class_session__external_id", *columns(Booking)]),
        )
    }
    people = club.members.order_by("external_id")
    return told | {Member: list(people.values_list("external_id", "stage", "origin", "inquired_on", "email"))}


def columns(model):
    return [field.attname for field in model._meta.concrete_fields]


@pytest.mark.django_db
def test_each_follow_up_status_is_shown_by_somebody():
    load(*FIXTURES, *OF_FOLLOW_UP)
    club = Club.objects.get()
    check_follow_up(club=club, now=REFERENCE_NOW)
    assert set(Member.objects.values_list("follow_up_status", flat=True)) == set(FollowUpStatus.values)
    assert check_follow_up(club=club, now=REFERENCE_NOW)["repaired"] == 0


@pytest.mark.django_db
def test_what_statuses_rest_on_loads_twice_and_would_be_saved_as_it_is():
    load(*FIXTURES, *OF_FOLLOW_UP)
    club = Club.objects.get()
    first = facts(club)
    load(*OF_FOLLOW_UP)
    assert facts(club) == first
    for model in first:
        for row in model.objects.all():
            row.full_clean()
    prospects = Member.objects.exclude(inquired_on=None)
    assert not prospects.filter(phone_is_dialable=True).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_plain_files_say_the_same_as_the_fixtures(form):
    load(*FIXTURES, *OF_FOLLOW_UP)
    club = Club.objects.get()
    other = ClubFactory(time_zone=club.time_zone, currency=club.currency)
    with time_machine.travel(REFERENCE_NOW):
        for name, kind in PLAIN.items():
            path = settings.BASE_DIR / "fixtures/plain" / f"{name}.{form}"
            call_command(f"import_{kind}", path, club=other.slug, stdout=io.StringIO())
    assert facts(other) == facts(club)
