"""What the placeholders stand for."""

import datetime as dt

import pytest
from django.contrib.auth import get_user_model

from members.models import Club, Member
from messaging.rules.placeholders import ALIASES, PLACEHOLDERS, sample_values, values_for
from messaging.rules.templates import placeholders_of, render
from tests.factories import MemberFactory, UserFactory

ZURICH = Club(name="Riverside Gym", time_zone="Europe/Zurich", booking_link="https://book.example/")


def member(**fields: object) -> Member:
    return Member(club=ZURICH, **({"first_name": "John", "last_name": "Doe"} | fields))


def test_it_knows_the_member_and_the_club() -> None:
    john = member(
        email="john@mail.example",
        phone="+41791234567",
        birthday_on=dt.date(1990, 5, 3),
        joined_on=dt.date(2024, 1, 12),
        last_attended_at=dt.datetime(2025, 8, 25, 16, tzinfo=dt.UTC),
        membership_level="Gold",
        trainer=get_user_model()(username="ana", first_name="Ana", last_name="Ruiz"),
    )

    assert values_for(john, ZURICH, extra={}) == {
        "first_name": "John",
        "last_name": "Doe",
        "full_name": "John Doe",
        "email": "john@mail.example",
        "phone": "+41791234567",
        "birthday": "3 May",
        "joined_on": "12 January 2024",
        "last_attended_at": "25 August 2025",
        "membership_level": "Gold",
        "trainer_name": "Ana Ruiz",
        "club_name": "Riverside Gym",
        "booking_link": "https://book.example/",
    }


def test_what_is_not_known_is_empty_rather_than_none() -> None:
    values = values_for(member(last_name=""), ZURICH, extra={"days_away": None})

    empty = {name for name, value in values.items() if value == ""}
    assert empty == {
        "last_name", "email", "phone", "birthday", "joined_on", "last_attended_at", "membership_level", "trainer_name",
        "days_away",
    }  # fmt: skip
    assert values["full_name"] == "John"


@pytest.mark.parametrize(
    ("attended_at", "day"),
    [
        (dt.datetime(2025, 8, 25, 21, 59, tzinfo=dt.UTC), "25 August 2025"),
        (dt.datetime(2025, 8, 25, 22, 0, tzinfo=dt.UTC), "26 August 2025"),
        (dt.datetime(2024, 12, 31, 23, 0, tzinfo=dt.UTC), "1 January 2025"),
    ],
)
def test_the_last_visit_is_a_day_in_the_clubs_zone(attended_at: dt.datetime, day: str) -> None:
    late = member(last_attended_at=attended_at, time_zone="America/New_York")

    assert values_for(late, ZURICH, extra={})["last_attended_at"] == day


def test_what_the_occasion_says_wins() -> None:
    values = values_for(
        member(),
        ZURICH,
        extra={"first_name": "Johnny", "member_last_name": "D.", "days_away": 9, "booking_link": ""},
    )

    assert (values["first_name"], values["last_name"], values["days_away"]) == ("Johnny", "D.", "9")
    assert values["booking_link"] == ""


def test_a_trainer_without_a_name_does_not_become_a_login() -> None:
    trained = member(trainer=get_user_model()(username="ana_1987"))

    assert values_for(trained, ZURICH, extra={})["trainer_name"] == ""


@pytest.mark.parametrize("one", PLACEHOLDERS.values(), ids=lambda one: one.name)
def test_each_placeholder_has_a_label_and_a_sample_that_renders(one) -> None:
    assert str(one.label)
    assert render(f"{{{{ {one.name} }}}}", {one.name: one.sample}) == one.sample


@pytest.mark.django_db
@pytest.mark.parametrize("name", [one.name for one in PLACEHOLDERS.values() if one.is_empty is not None])
def test_a_member_is_counted_as_without_it_exactly_when_nothing_would_be_written(name: str) -> None:
    bare = MemberFactory(first_name="", last_name="", email="", phone="")
    nameless = MemberFactory(club=bare.club, trainer=UserFactory())
    full = MemberFactory(
        club=bare.club,
        birthday_on=dt.date(1990, 5, 3),
        joined_on=dt.date(2024, 1, 12),
        membership_level="Gold",
        trainer=UserFactory(first_name="Ana"),
        days_away=9,
    )
    written = {one.pk for one in (bare, nameless, full) if values_for(one, bare.club, extra={})[name] == ""}

    assert set(Member.objects.filter(PLACEHOLDERS[name].is_empty).values_list("pk", flat=True)) == written
    assert bare.pk in written
    assert full.pk not in written


def test_only_what_the_members_decide_can_be_counted() -> None:
    assert {name for name, one in PLACEHOLDERS.items() if one.is_empty is None} == {
        "club_name", "booking_link", "days_away", "unsubscribe_link", "preferences_link", "offer", "offer_code", "offer_until",
        "class_name", "class_starts_at", "amount", "due_on", "ends_on", "days_left", "classes_attended", "years", "document", "expires_on",
    }  # fmt: skip


def test_somebody_made_up_is_at_the_real_club() -> None:
    values = sample_values(ZURICH)

    assert (values["first_name"], values["booking_link"]) == ("John", "https://book.example/")
    assert values.keys() == PLACEHOLDERS.keys()


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_a_longer_spelling_is_accepted_as_the_placeholder_itself(alias: str, name: str) -> None:
    assert placeholders_of(f"{{{{ {alias} }}}}") == {name}
    assert render(f"{{{{ {alias} }}}}", {name: "x"}) == "x"
    assert alias not in PLACEHOLDERS
