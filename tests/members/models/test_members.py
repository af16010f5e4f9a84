"""A member: her zone, her last visit's day, her number, and what the database holds her to."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from members.models import Member
from tests.factories import NOW, ClubFactory, MemberFactory, VisitFactory

pytestmark = pytest.mark.django_db


def test_her_zone_is_her_own_or_else_the_clubs() -> None:
    club = ClubFactory(time_zone="Pacific/Auckland")
    assert MemberFactory.build(club=club).zone.key == "Pacific/Auckland"
    assert MemberFactory.build(club=club, time_zone="Pacific/Honolulu").zone.key == "Pacific/Honolulu"


@pytest.mark.parametrize(
    ("zone", "last_on"),
    [
        ("Pacific/Auckland", dt.date(2025, 9, 2)),
        ("UTC", dt.date(2025, 9, 1)),
        ("Pacific/Honolulu", dt.date(2025, 9, 1)),
    ],
)
def test_her_last_visit_fell_on_a_day_of_the_club(zone: str, last_on: dt.date) -> None:
    member = MemberFactory.build(
        club=ClubFactory.build(time_zone=zone), last_attended_at=NOW.replace(hour=12)
    )
    assert member.last_attended_on() == last_on
    assert MemberFactory.build().last_attended_on() is None


def test_a_number_that_cannot_be_dialed_is_kept_and_flagged() -> None:
    member = MemberFactory(phone="+155555501")
    member.full_clean()
    assert not Member.objects.get().phone_is_dialable
    member.phone = "+41791234567"
    member.save(update_fields=["phone"])
    assert Member.objects.get().phone_is_dialable


@pytest.mark.parametrize(
    "phone", ["0791234567", "+41 79 123 45 67", "+0791234567", "+41791234567\n", "+1234567890123456"]
)
def test_a_number_of_another_form_is_refused(phone: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MemberFactory.build(phone=phone).clean_fields(exclude=["club"])
    assert list(refused.value.message_dict) == ["phone"]


def test_an_id_is_unique_in_its_club_only() -> None:
    member = MemberFactory(external_id="M1")
    MemberFactory(external_id="M1")
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberFactory(external_id="M1", club=member.club)


def test_the_database_knows_every_membership_status() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberFactory(membership_status="asleep")


def test_she_is_found_by_club_and_id() -> None:
    member = MemberFactory()
    MemberFactory(external_id=member.external_id)
    assert Member.objects.get_by_natural_key(*member.natural_key()) == member


def test_the_database_keeps_one_visit_per_instant() -> None:
    visit = VisitFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitFactory(member=visit.member, attended_at=visit.attended_at)
