"""The placeholders that staff may write in a message: each with its label, a sample and where its value comes from."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Club, Member
from members.rules.wording import day_in_words, day_of_year_in_words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Placeholder:
    name: str
    label: "StrOrPromise"
    sample: str
    value: Callable[[Member, Club], str] | None = None
    """None where only the occurrence or the sending knows it."""
    is_empty: Q | None = None
    """The members for whom it is empty; None where the members do not decide it."""
    instead: "StrOrPromise" = "…"
    """What a template could say to somebody for whom it is empty."""

    @property
    def written(self) -> str:
        return f"{{{{ {self.name} }}}}"

    @property
    def with_fallback(self) -> str:
        return f"{{{{ {self.name}|default('{self.instead}') }}}}"


def _day(day: dt.date | None, club: Club) -> str:
    return day_in_words(day, club.locale) if day else ""


def _last_attended(member: Member, club: Club) -> str:
    return _day(member.last_attended_at and member.last_attended_at.astimezone(club.zone).date(), club)


def _birthday(member: Member, club: Club) -> str:
    return day_of_year_in_words(member.birthday_on, club.locale) if member.birthday_on else ""


def _trainer_name(member: Member, club: Club) -> str:
    return member.trainer.get_full_name() if member.trainer else ""


OF_THE_MEMBER = (
    Placeholder(
        "first_name",
        _("First name"),
        "John",
        lambda member, club: member.first_name,
        Q(first_name=""),
        instead=_("there"),
    ),
    Placeholder("last_name", _("Last name"), "Doe", lambda member, club: member.last_name, Q(last_name="")),
    Placeholder(
        "full_name",
        _("First and last name"),
        "John Doe",
        lambda member, club: str(member),
        Q(first_name="", last_name=""),
        instead=_("there"),
    ),
    Placeholder(
        "email", _("E-mail address"), "john@mail.example", lambda member, club: member.email, Q(email="")
    ),
    Placeholder("phone", _("Phone number"), "+41791234567", lambda member, club: member.phone, Q(phone="")),
    Placeholder(
        "birthday",
        _("Birthday, without the year"),
        "3 May",
        _birthday,
        Q(birthday_on=None),
        instead=_("your birthday"),
    ),
    Placeholder(
        "joined_on",
        _("Day of joining"),
        "12 January 2024",
        lambda member, club: _day(member.joined_on, club),
        Q(joined_on=None),
        instead=_("the day you joined"),
    ),
    Placeholder(
        "last_attended_at",
        _("Day of the last visit"),
        "25 August 2025",
        _last_attended,
        Q(last_attended_at=None),
        instead=_("a while ago"),
    ),
    Placeholder(
        "membership_level",
        _("Membership level"),
        "Gold",
        lambda member, club: member.membership_level,
        Q(membership_level=""),
        instead=_("your membership"),
    ),
    Placeholder(
        "trainer_name",
        _("The trainer's name"),
        "Ana Ruiz",
        _trainer_name,
        Q(trainer=None) | Q(trainer__first_name="", trainer__last_name=""),
        instead=_("your trainer"),
    ),
)
OF_THE_CLUB = (
    Placeholder("club_name", _("The club's name"), "Riverside Gym", lambda member, club: club.name),
    Placeholder(
        "booking_link", _("Where to book"), "https://book.example/", lambda member, club: club.booking_link
    ),
)
OF_THE_OCCASION = (
    Placeholder("days_away", _("Days since the last visit"), "9"),
    Placeholder("ends_on", _("Day on which the membership ends"), "15 September 2025"),
    Placeholder("days_left", _("Days until the membership or the document ends"), "14"),
    Placeholder("classes_attended", _("Number of visits reached"), "100"),
    Placeholder("years", _("Years since joining"), "1"),
    Placeholder("offer", _("The discount that a step before offered"), "20% off your next month"),
    Placeholder("offer_code", _("Its code"), "K7QM-4TXW"),
    Placeholder("offer_until", _("The last day on which it is good"), "15 September 2025"),
    Placeholder("class_name", _("The class, where it is about a booking"), "Yoga"),
    Placeholder("class_starts_at", _("When that class starts"), "Tue 2 September 2025, 18:00"),
    Placeholder("amount", _("What is owed, where it is about a payment"), "$40.00"),
    Placeholder("due_on", _("When that payment was due"), "1 September 2025"),
    Placeholder("document", _("The document, where it is about one that expires"), "waiver"),
    Placeholder("expires_on", _("The last day on which that document is good"), "15 September 2025"),
    Placeholder("unsubscribe_link", _("Where to opt out"), "https://club.example/u/7f3a"),
    Placeholder("preferences_link", _("Where to choose what may be sent"), "https://club.example/p/7f3a"),
)
PLACEHOLDERS = {one.name: one for one in (*OF_THE_MEMBER, *OF_THE_CLUB, *OF_THE_OCCASION)}

ALIASES = {f"member_{one.name}": one.name for one in OF_THE_MEMBER} | {
    "member_name": "full_name",
    "opt_out_link": "unsubscribe_link",
    "birthday_on": "birthday",
    "member_birthday_on": "birthday",
}
"""Longer spellings that are accepted, not offered."""


def values_for(
    member: Member, club: Club, *, extra: Mapping[str, object], names: Iterable[str] = PLACEHOLDERS
) -> dict[str, str]:
    """What the placeholders `names` stand for: the member's and the club's values, then `extra`, which wins."""
    own = {name: value(member, club) for name in names if (value := PLACEHOLDERS[name].value)}
    return own | {
        ALIASES.get(name, name): "" if value is None else str(value) for name, value in extra.items()
    }


def sample_values(club: Club) -> dict[str, str]:
    """The placeholders of somebody made up, at this club."""
    samples = {one.name: one.sample for one in PLACEHOLDERS.values()}
    return samples | {"club_name": club.name, "booking_link": club.booking_link}
