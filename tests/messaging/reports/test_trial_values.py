"""What the placeholders stand for while a template is tried out."""

import pytest

from messaging.reports.trial_values import trial_values
from messaging.rules.unsubscribe_links import read_token
from tests.factories import NOW, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db


def values(member=None, club=None, is_sent=False):
    club = club or member.club
    return trial_values(club=club, member=member, channel="sms", now=NOW, is_sent=is_sent)


def whose(link: str) -> int:
    return read_token(link.rstrip("/").rsplit("/", 1)[1])[0]


def test_a_member_has_her_own_values_and_days() -> None:
    member = MemberFactory(first_name="Aisha", days_away=9)
    found = values(member)
    assert (found["first_name"], found["days_away"]) == ("Aisha", "9")
    assert whose(found["unsubscribe_link"]) == member.pk


def test_one_who_never_came_has_no_days() -> None:
    assert values(MemberFactory())["days_away"] == ""


def test_somebody_made_up_is_at_this_club() -> None:
    found = values(club=ClubFactory(name="Riverside", booking_link=""))
    assert (found["first_name"], found["club_name"], found["booking_link"]) == ("John", "Riverside", "")


def test_a_test_that_is_sent_stops_nobodys_messages() -> None:
    assert whose(values(MemberFactory(), is_sent=True)["unsubscribe_link"]) == 0
