"""The board of follow-up statuses: how many are in each, and what seven days of the club changed."""

import datetime as dt

import pytest

from automations.reports.status_board import count_ahead, status_board
from members.models import FollowUpChange, Member
from tests.factories import NOW, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def person(club, status, *, was=None, changed_at=NOW) -> Member:
    member = MemberFactory(club=club)
    Member.objects.filter(pk=member.pk).update(follow_up_status=status, follow_up_status_since=changed_at)
    if was is not None:
        FollowUpChange.objects.create(
            club=club, member=member, from_status=was, to_status=status, changed_at=changed_at
        )
    return member


def told(clubs, now=NOW):
    board, _counted_at = status_board(clubs, now)
    return {s.status.value: (s.number, s.change) for s in board if s.number or s.change}


def test_it_counts_who_is_in_each_status_and_who_came_and_left_within_a_week():
    club = ClubFactory()
    person(club, "active", was="delinquent")
    person(club, "active", was="")
    person(club, "active")
    person(club, "delinquent", was="active")
    person(ClubFactory(), "active", was="")
    assert told([club]) == {"active": (3, 1), "delinquent": (1, 0)}


def test_a_first_status_is_a_coming_and_nobodys_leaving():
    club = ClubFactory()
    person(club, "lead", was="")
    assert told([club]) == {"lead": (1, 1)}


def test_who_has_no_status_yet_is_in_none():
    assert told([MemberFactory().club]) == {}


@pytest.mark.parametrize(
    ("zone", "changed_at", "counts"),
    [
        ("UTC", "2025-08-26T00:00:00Z", True),
        ("UTC", "2025-08-25T23:59:59Z", False),
        ("Pacific/Auckland", "2025-08-25T12:00:00Z", True),
        ("Pacific/Auckland", "2025-08-25T11:59:59Z", False),
        ("Pacific/Honolulu", "2025-08-26T10:00:00Z", True),
        ("Pacific/Honolulu", "2025-08-26T09:59:59Z", False),
    ],
)
def test_a_week_is_seven_calendar_days_of_the_club(zone, changed_at, counts):
    club = ClubFactory(time_zone=zone)
    person(club, "active", was="", changed_at=dt.datetime.fromisoformat(changed_at))
    assert told([club], NOW.replace(hour=10)) == {"active": (1, int(counts))}


def test_each_club_has_its_own_week():
    here, there = ClubFactory(time_zone="Pacific/Auckland"), ClubFactory(time_zone="Pacific/Honolulu")
    for club in (here, there):
        person(club, "active", was="", changed_at=dt.datetime.fromisoformat("2025-08-26T00:00:00Z"))
    assert told([here, there]) == {"active": (2, 1)}


def test_what_was_counted_ahead_is_shown_until_it_is_old(monkeypatch):
    monkeypatch.setattr("messaging.reports.figures.LARGE", -1)
    club, other = ClubFactory(), ClubFactory()
    person(club, "active", was="")
    count_ahead([club], NOW)
    person(club, "active", was="")
    person(other, "lead", was="")
    board, counted_at = status_board([club, other], NOW)
    assert ({s.status.value: s.number for s in board if s.number}, counted_at) == (
        {"active": 1, "lead": 1},
        NOW,
    )
    assert told([club], NOW + DAY / 12) == {"active": (2, 2)}


def test_it_costs_three_statements_for_any_number_of_clubs(django_assert_num_queries):
    clubs = [ClubFactory(time_zone=zone) for zone in ("UTC", "Pacific/Auckland", "Pacific/Honolulu")]
    for club in clubs:
        person(club, "active", was="")
    for some in (clubs[:1], clubs):
        with django_assert_num_queries(3):
            status_board(some, NOW)
